-- How fast somebody must act. Where magnesium may be low, or may be dangerously high, and nothing else calls for help on
-- the same day or sooner, the tier cannot be told.
with open_levels as (
  select c.patient, max(t.rank) as rank
  from urgency_criterion c
  join tiers t on t.tier = c.tier
  join level l on l.patient = c.patient and (l.is_low is null or l.is_low = 0)
  where c.kind = 'magnesium' and c.holds is null
  group by c.patient
)
select p.patient,
       case when o.rank > p.rank and p.rank < d.rank then 'cannot_tell'
            when o.rank is null or o.rank <= p.rank or p.rank >= d.rank then p.tier end as tier,
       p.rank
from urgency_possible p
join tiers d on d.tier = 'same_day'
left join open_levels o on o.patient = p.patient
where p.is_sure = 1
