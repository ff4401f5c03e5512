-- The reasons to act that an answer shows: of several that say the same the most urgent; a level that is merely low
-- is no red flag.
with holding as (
  select c.patient, c.criterion, c.kind, c.tier, t.rank, c.row, c.source, c.standing,
         case when c.kind = 'magnesium' and c.criterion in ('very_low', 'clearly_low', 'low_depth_unknown') then 'low_level'
              when c.kind = 'magnesium' and c.criterion in ('toxic', 'dangerous_high') then 'high_level'
              when c.kind <> 'magnesium' then c.criterion end as said_once
  from urgency_criterion c
  join tiers t on t.tier = c.tier and t.rank > 1
  where c.holds = 1
),
ranked as (
  select h.patient, h.criterion, h.kind, h.tier, h.rank, h.row, h.source, h.standing,
         row_number() over (partition by h.patient, h.said_once order by h.rank desc, h.kind, h.row) as nth
  from holding h
)
select r.patient, r.criterion, r.kind, r.tier, r.rank, r.row, r.source, r.standing
from ranked r
where r.nth = 1
