-- Every serum magnesium that can be read, low or high by its own laboratory's range, else by the profile in force.
-- An interval that lies on both sides of a limit is neither.
with ranged as (
  select m.patient, m.row, m.t, m.low, m.high, m.canonical, m.canonical_low, m.canonical_high, m.why_not, m.said_value,
         case when m.range_low is not null then m.range_low when m.range_low is null then r.low end as range_low,
         case when m.range_high is not null then m.range_high when m.range_high is null then r.high end as range_high
  from magnesium_reading m
  join profile p on p.patient = m.patient and p.row = m.row
  left join ranges r on r.profile = p.profile and r.family = m.family
  where m.why_not is null or m.why_not = 'worded'
)
select g.patient, g.row, g.t, g.canonical, g.canonical_low, g.canonical_high,
       case when g.why_not is null then 1 when g.why_not is not null then 0 end as is_numeric,
       case when g.why_not = 'worded' and g.said_value = 'low' then 1
            when g.why_not = 'worded' and g.said_value <> 'low' then 0
            when g.why_not is null and g.high < g.range_low then 1
            when g.why_not is null and g.low >= g.range_low then 0 end as is_low,
       case when g.why_not = 'worded' and g.said_value = 'high' then 1
            when g.why_not = 'worded' and g.said_value <> 'high' then 0
            when g.why_not is null and g.low > g.range_high then 1
            when g.why_not is null and (g.range_high is null or g.high <= g.range_high) then 0 end as is_high
from ranged g
