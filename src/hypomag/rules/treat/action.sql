-- What to do beside magnesium: each action that a fact opens at this level, unless a fact hinders it;
-- some stand instead of a hindered one.
with facts_all as (
  select f.patient, f.fact, f.concept, f.row
  from fact_now f
  union all
  select s.patient, 'scenario' as fact, s.scenario as concept, s.row
  from scenario s
),
opened as (
  select f.patient, o.action, min(f.row) as row
  from facts_all f
  join action_openers o on o.fact = f.fact and o.concept = f.concept
  group by f.patient, o.action
),
hindered as (
  select f.patient, h.action
  from facts_all f
  join action_hinders h on h.fact = f.fact and h.concept = f.concept
  group by f.patient, h.action
)
select o.patient, a.action, a.kind, a.place, o.row, a.source, a.standing
from opened o
join actions a on a.action = o.action
join level v on v.patient = o.patient
left join obstetric_magnesium q on q.patient = o.patient
left join hindered h on h.patient = o.patient and h.action = o.action
left join hindered y on y.patient = o.patient and y.action = a.instead_of
where h.patient is null and (a.instead_of is null or y.patient is not null)
  and (a.level = 'any' or (a.level = 'low' and v.is_low = 1 and q.patient is null)
       or (a.level = 'unknown' and v.is_low is null)
       or (a.level = 'not_high' and v.status in ('low', 'normal') and q.patient is null))
