-- One line a patient for a population: level, grade, urgency, how often magnesium was measured, what stands beside it.
with episodes as (
  select e.patient, count(*) as n, min(e.start) as first_low, max(e.until) as last_low
  from low_episode e
  group by e.patient
),
low_with as (
  select c.patient,
         max(case when c.analyte = 'potassium' then c.status end) as potassium,
         max(case when c.analyte = 'calcium_ionised' then c.status end) as calcium_ionised,
         max(case when c.analyte = 'calcium_corrected' then c.status end) as calcium_corrected,
         max(case when c.analyte = 'calcium' then c.status end) as calcium,
         max(case when c.analyte = 'phosphate' then c.status end) as phosphate,
         max(case when c.analyte = 'sodium' then c.status end) as sodium,
         max(case when c.analyte = 'bicarbonate' then c.status end) as bicarbonate,
         max(case when c.analyte = 'egfr' then c.canonical end) as egfr
  from companion c
  group by c.patient
),
causes_of as (
  select d.patient, count(*) as n
  from (select c.patient, c.cause from cause_present c group by c.patient, c.cause) d
  group by d.patient
),
flags_of as (
  select u.patient, count(*) as n
  from urgency_criterion u
  where u.holds = 1 and u.kind = 'red_flag'
  group by u.patient
),
gaps_of as (
  select g.patient, count(*) as n
  from (select g.patient, g.gap from gap g where g.holds = 1 group by g.patient, g.gap) g
  group by g.patient
)
select a.patient, a.as_of, l.status, g.grade as ctcae_grade, u.tier as urgency_tier, u.rank as urgency_rank,
       case when m.n is not null then m.n when m.n is null then 0 end as n_magnesium,
       case when m.n_low is not null then m.n_low when m.n_low is null then 0 end as n_low,
       m.lowest, m.last, m.last_t, l.profile,
       case when e.n is not null then e.n when e.n is null then 0 end as n_episodes, e.first_low, e.last_low,
       c.potassium,
       case when c.calcium_ionised is not null then c.calcium_ionised
            when c.calcium_corrected is not null then c.calcium_corrected
            when c.calcium_corrected is null then c.calcium end as calcium,
       c.phosphate, c.sodium, c.bicarbonate, c.egfr,
       case when k.n is not null then k.n when k.n is null then 0 end as n_causes,
       case when f.n is not null then f.n when f.n is null then 0 end as n_red_flags,
       case when p.n is not null then p.n when p.n is null then 0 end as n_gaps,
       case when l.status = 'not_measured' then t.risk end as never_tested_reason,
       case when l.status = 'not_measured' then t.prevalence_low end as expected_yield_low,
       case when l.status = 'not_measured' then t.prevalence_high end as expected_yield_high
from asked a
join level l on l.patient = a.patient
join urgency u on u.patient = a.patient
left join grade g on g.patient = a.patient and g.scheme = 'ctcae_v5'
left join magnesium_summary m on m.patient = a.patient
left join episodes e on e.patient = a.patient
left join low_with c on c.patient = a.patient
left join causes_of k on k.patient = a.patient
left join flags_of f on f.patient = a.patient
left join gaps_of p on p.patient = a.patient
left join test_reason t on t.patient = a.patient and t.nth = 1
