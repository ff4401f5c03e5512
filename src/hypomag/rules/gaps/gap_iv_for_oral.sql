-- By vein where by mouth would do: magnesium by vein or muscle for a low value in the band that published guidance
-- treats by mouth, without a sign of danger, a guarded drug or pre-eclampsia. Whether the patient can swallow and
-- absorb is not in the record.
with excused as (
  select g.patient
  from guarded g
  union all
  select s.patient
  from sign s
  join symptoms y on y.symptom = s.concept and y.urgency <> 'routine'
  union all
  select o.patient
  from obstetric_magnesium o
),
spared as (
  select x.patient
  from excused x
  group by x.patient
)
select r.patient, 'iv_for_oral' as gap, r.dose_row as row,
       case when r.canonical_low >= l.oral_enough_from and x.patient is null then 1
            when r.canonical_low < l.oral_enough_from or x.patient is not null then 0 end as holds,
       case when r.canonical_low is null and x.patient is null then 'no_value' end as why_unknown
from answered_reading r
cross join limits l
left join spared x on x.patient = r.patient
where r.is_low = 1
