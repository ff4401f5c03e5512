-- Patients somebody should look at: magnesium low, high or in doubt, something urgent, or a care gap.
with grounds as (
  select l.patient
  from level l
  where l.status in ('low', 'high', 'cannot_tell')
  union all
  select u.patient
  from urgency u
  join tiers d on d.tier = 'same_day'
  where u.rank >= d.rank
  union all
  select g.patient
  from gap g
  where g.holds = 1
)
select g.patient
from grounds g
group by g.patient
