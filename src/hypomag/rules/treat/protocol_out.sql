-- Whom the protocol asked for leaves out, with what leaves them out: a state it names, or kidney function, creatinine or
-- weight beyond its bound. What the protocol asks for and is not known leaves out too: it cannot be told to fit.
-- Of bands with different bounds the strictest holds.
with asks as (
  select max(b.exclude_egfr_below) as egfr_below, min(b.exclude_creatinine_above_mg_dl) as creatinine_above,
         max(b.exclude_weight_below_kg) as weight_below
  from protocol_bands b
),
felt as (
  select g.patient, min(g.row) as row
  from sign g
  join symptoms y on y.symptom = g.concept and y.urgency <> 'routine'
  group by g.patient
)
select f.patient, f.concept as because, 1 as is_known, min(f.row) as row
from fact_now f
join protocol_excludes x on x.concept = f.concept
where f.fact in ('sign', 'present', 'cause', 'drug', 'guard')
group by f.patient, f.concept
union all
select s.patient, x.concept as because, 1 as is_known, s.row
from felt s
join protocol_excludes x on x.concept = 'symptoms'
union all
select a.patient, 'egfr' as because, case when k.egfr is null then 0 when k.egfr is not null then 1 end as is_known, k.row
from asked a
join asks q on q.egfr_below is not null
left join kidney k on k.patient = a.patient
where k.egfr is null or k.egfr < q.egfr_below
union all
select a.patient, 'creatinine' as because, case when c.patient is null then 0 when c.patient is not null then 1 end as is_known,
       c.row
from asked a
join asks q on q.creatinine_above is not null
left join companion c on c.patient = a.patient and c.analyte = 'creatinine'
where c.patient is null or c.canonical_high > q.creatinine_above
union all
select a.patient, 'weight' as because, case when w.kilograms is null then 0 when w.kilograms is not null then 1 end as is_known,
       w.row
from asked a
join asks q on q.weight_below is not null
left join weight w on w.patient = a.patient
where w.kilograms is null or w.kilograms < q.weight_below
