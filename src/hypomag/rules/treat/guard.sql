-- Each guard of each patient: blocks, clear, or not assessed, which is never clear. What blocks stands over what
-- cannot be read, that over what is clear. acts_as is what a plan makes of it: unreadable acts as blocks.
with findings as (
  select t.patient, t.guard, t.row, t.state
  from guard_told t
  union all
  select m.patient, m.guard, m.row, m.state
  from guard_measured m
  union all
  select r.patient, r.guard, r.row, r.state
  from guard_reckoned r
),
ranked as (
  select f.patient, f.guard, f.row, f.state,
         row_number() over (
           partition by f.patient, f.guard
           order by case when f.state in ('blocks', 'unreadable') then 1 when f.state = 'clear' then 0 end desc, f.state, f.row
         ) as nth
  from findings f
  where f.state is not null
)
select a.patient, g.guard, g.place, g.stops, r.row,
       case when r.state is null or r.state = 'unreadable' then 'not_assessed'
            when r.state in ('blocks', 'clear') then r.state end as state,
       case when r.state is null then 'unknown'
            when r.state in ('blocks', 'unreadable') then 'blocks'
            when r.state = 'clear' then 'clear' end as acts_as
from asked a
cross join guards g
left join ranked r on r.patient = a.patient and r.guard = g.guard and r.nth = 1
