-- Is the deciding magnesium under, or at least at, each level that changes urgency? 1, 0, or unknown: where the result
-- is an interval over the level, where a newer result cannot be read, and where none exists.
with clouded as (
  select m.patient
  from magnesium_unreadable m
  group by m.patient
),
judged as (
  select a.patient, u.level,
         case when d.high < u.below or d.low >= u.at_least then 1
              when c.patient is not null then null
              when d.low >= u.below or d.high < u.at_least then 0 end as holds,
         d.row
  from asked a
  cross join urgent_levels u
  left join deciding d on d.patient = a.patient and d.family = u.family and d.why_not is null
  left join clouded c on c.patient = a.patient
)
select j.patient, j.level, max(j.holds) as holds, max(j.row) as row
from judged j
group by j.patient, j.level
