-- Discharged low: the last serum magnesium of a stay in hospital that ended alive was low.
with last_of as (
  select e.patient, e.row as stay, s.row, s.is_low,
         row_number() over (partition by e.patient, e.row order by s.t desc, s.row) as nth
  from encounters e
  join care_settings k on k.class = e.class and k.is_hospital = 1
  join asked a on a.patient = e.patient
  join patients p on p.patient = e.patient
  join magnesium_status s on s.patient = e.patient and s.t >= e.start and s.t <= e.until
  where e.until <= a.as_of and e.status not in ('cancelled', 'entered-in-error', 'planned')
    and (p.deceased is null or p.deceased = 0 or p.until > e.until)
)
select o.patient, 'discharged_low' as gap, o.row, o.is_low as holds,
       case when o.is_low is null then 'interval' end as why_unknown
from last_of o
where o.nth = 1
