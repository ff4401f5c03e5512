-- Repleted in range: magnesium by vein or muscle although the newest value before it was not low, without a reason to
-- aim higher (a guarded drug, an arrhythmia) and not for pre-eclampsia.
with excused as (
  select g.patient
  from guarded g
  union all
  select o.patient
  from obstetric_magnesium o
),
spared as (
  select x.patient
  from excused x
  group by x.patient
)
select r.patient, 'in_range' as gap, r.dose_row as row,
       case when r.is_low = 0 and x.patient is null then 1
            when r.is_low = 1 or x.patient is not null then 0 end as holds,
       case when r.is_low is null and x.patient is null then 'interval' end as why_unknown
from answered_reading r
left join spared x on x.patient = r.patient
