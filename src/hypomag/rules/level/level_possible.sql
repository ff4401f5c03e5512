-- Every level the record leaves open: what the newest results mean, and all where one cannot be read or none exists.
with open_cases as (
  select u.patient
  from magnesium_unreadable u
  union all
  select a.patient
  from asked a
  left join magnesium_candidate c on c.patient = a.patient
  where c.patient is null
),
statuses_open as (
  select s.patient, s.status
  from candidate_status s
  union all
  select o.patient, e.status
  from open_cases o
  cross join every_status e
)
select s.patient, s.status
from statuses_open s
group by s.patient, s.status
