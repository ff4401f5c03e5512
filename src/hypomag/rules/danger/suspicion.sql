-- What is told only in doubt and would be more urgent than what is known: of several that say the same the most urgent.
with ranked as (
  select c.patient, c.criterion, c.kind, c.tier, t.rank, c.row, c.source, c.standing,
         row_number() over (partition by c.patient, c.criterion order by t.rank desc, c.row) as nth
  from urgency_criterion c
  join tiers t on t.tier = c.tier
  join urgency u on u.patient = c.patient and u.rank < t.rank
  where c.kind = 'suspected' and c.holds is null
)
select r.patient, r.criterion, r.kind, r.tier, r.rank, r.row, r.source, r.standing
from ranked r
where r.nth = 1
