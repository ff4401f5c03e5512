-- How fast somebody must act. Where magnesium is not known and nothing else calls for help on the same day or
-- sooner, the tier cannot be told.
select p.patient,
       case when l.is_low is null and p.rank < d.rank then 'cannot_tell'
            when l.is_low is not null or p.rank >= d.rank then p.tier end as tier,
       p.rank
from urgency_possible p
join level l on l.patient = p.patient
join tiers d on d.tier = 'same_day'
where p.is_sure = 1
