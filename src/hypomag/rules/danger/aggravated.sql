-- What makes a clearly low magnesium a matter of the same day: a symptom, a drug it makes dangerous, ischaemia,
-- low potassium or calcium. 1, 0, or unknown where the test was not done or the sign is told only in doubt.
with symptoms_now as (
  select g.patient, min(g.row) as row
  from sign g
  join symptoms y on y.symptom = g.concept and (y.urgency <> 'routine' or y.below_mg_dl is not null)
  group by g.patient
),
symptoms_in_doubt as (
  select g.patient, min(g.row) as row
  from suspected_sign g
  join symptoms y on y.symptom = g.concept and (y.urgency <> 'routine' or y.below_mg_dl is not null)
  group by g.patient
),
drugs_now as (
  select d.patient, min(d.row) as row
  from guarded_drug d
  group by d.patient
),
ischaemia_now as (
  select p.patient, min(p.row) as row
  from present p
  where p.concept = 'myocardial_ischaemia'
  group by p.patient
),
ischaemia_in_doubt as (
  select m.patient, min(m.row) as row
  from mention m
  where m.concept = 'myocardial_ischaemia' and m.is_denied is null and m.is_past = 0
  group by m.patient
),
under as (
  select c.patient, c.row, case when c.analyte = 'potassium' then 'potassium' when c.analyte <> 'potassium' then 'calcium' end as what,
         case when c.is_overruled = 1 then 0
              when c.analyte = 'potassium' and c.canonical_high < l.urgent_potassium then 1
              when c.analyte in ('calcium', 'calcium_corrected') and c.canonical_high < l.urgent_calcium then 1
              when c.analyte = 'calcium_ionised' and c.canonical_high < l.urgent_calcium_ionised then 1
              when c.analyte = 'potassium' and c.canonical_low >= l.urgent_potassium then 0
              when c.analyte in ('calcium', 'calcium_corrected') and c.canonical_low >= l.urgent_calcium then 0
              when c.analyte = 'calcium_ionised' and c.canonical_low >= l.urgent_calcium_ionised then 0 end as holds
  from companion_latest c
  cross join limits l
  where c.analyte in ('potassium', 'calcium', 'calcium_corrected', 'calcium_ionised')
),
counted as (
  select u.patient, u.what, max(u.holds) as holds,
         count(*) - count(u.holds) as unknown,
         min(case when u.holds = 1 then u.row end) as row_of_it, max(u.row) as row
  from under u
  group by u.patient, u.what
),
salts_now as (
  select n.patient, n.what, case when n.holds = 1 then 1 when n.unknown > 0 then null when n.holds = 0 then 0 end as holds,
         case when n.holds = 1 then n.row_of_it when n.holds is null or n.holds = 0 then n.row end as row
  from counted n
)
select a.patient, 'symptom' as what, case when s.row is not null then 1 when d.row is null then 0 end as holds,
       case when s.row is not null then s.row when s.row is null then d.row end as row
from asked a
left join symptoms_now s on s.patient = a.patient
left join symptoms_in_doubt d on d.patient = a.patient
union all
select a.patient, 'drug' as what, case when d.row is null then 0 when d.row is not null then 1 end as holds, d.row
from asked a
left join drugs_now d on d.patient = a.patient
union all
select a.patient, 'ischaemia' as what, case when i.row is not null then 1 when d.row is null then 0 end as holds,
       case when i.row is not null then i.row when i.row is null then d.row end as row
from asked a
left join ischaemia_now i on i.patient = a.patient
left join ischaemia_in_doubt d on d.patient = a.patient
union all
select a.patient, 'potassium' as what, k.holds, k.row
from asked a
left join salts_now k on k.patient = a.patient and k.what = 'potassium'
union all
select a.patient, 'calcium' as what, c.holds, c.row
from asked a
left join salts_now c on c.patient = a.patient and c.what = 'calcium'
