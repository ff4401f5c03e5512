-- Is magnesium under, or at least at, each level that changes urgency? 1 where any of the newest results says so; 0
-- where none can; unknown where one is an interval over the level or given in words that leave it open, where a result
-- as new cannot be read, and where none exists.
with clouded as (
  select m.patient
  from magnesium_unreadable m
  group by m.patient
),
levels as (
  select u.level, max(u.below) as below, max(u.at_least) as at_least
  from urgent_levels u
  group by u.level
),
judged as (
  select c.patient, u.level, c.row,
         case when m.high < u.below or m.low >= u.at_least then 1
              when m.low >= u.below or m.high < u.at_least then 0 end as holds
  from magnesium_candidate c
  join magnesium_reading m on m.patient = c.patient and m.row = c.row and m.why_not is null
  join urgent_levels u on u.family = m.family
  union all
  select c.patient, u.level, c.row,
         case when m.said_value = 'normal' then 0
              when m.said_value = 'low' and u.at_least is not null then 0
              when m.said_value = 'high' and u.below is not null then 0 end as holds
  from magnesium_candidate c
  join magnesium_reading m on m.patient = c.patient and m.row = c.row and m.why_not = 'worded'
  cross join levels u
),
counted as (
  select j.patient, j.level, max(j.holds) as holds,
         count(*) - count(j.holds) as unknown,
         min(case when j.holds = 1 then j.row end) as row_of_it, max(j.row) as row
  from judged j
  group by j.patient, j.level
)
select a.patient, u.level,
       case when n.holds = 1 then 1
            when n.unknown > 0 or c.patient is not null then null
            when n.holds = 0 then 0 end as holds,
       case when n.holds = 1 then n.row_of_it when n.holds is null or n.holds = 0 then n.row end as row
from asked a
cross join levels u
left join counted n on n.patient = a.patient and n.level = u.level
left join clouded c on c.patient = a.patient
