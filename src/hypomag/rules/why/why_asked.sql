-- For whom the cause of a low magnesium is asked: magnesium is low, or it is not known while the record names low
-- magnesium as a diagnosis. t is the moment the other tests are read at.
with asking as (
  select v.patient, n.t, v.row
  from level v
  join anchor n on n.patient = v.patient
  where v.is_low = 1
  union all
  select v.patient, n.t, p.row
  from level v
  join anchor n on n.patient = v.patient
  join level_possible o on o.patient = v.patient and o.status = 'low'
  join present p on p.patient = v.patient and p.concept = 'finding_hypomagnesemia'
  where v.is_low is null
)
select a.patient, max(a.t) as t, min(a.row) as row
from asking a
group by a.patient
