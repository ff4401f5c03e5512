-- What may lie behind the low magnesium, each with its share of all that may (in whole 1/10000): the causes, at each step
-- a reason that no cause names (lead is then the step).
with reasons as (
  select c.patient, c.cause as lead, c.step, c.is_told, c.probability
  from cause_step c
  union all
  select p.patient, p.step as lead, p.step, 0 as is_told,
         cast(floor(p.probability * w.as_real * c.leak / c.chance) as bigint) as probability
  from step_probability p
  join step_chance c on c.patient = p.patient and c.step = p.step and c.chance > 0
  cross join why_scale w
),
summed as (
  select r.patient, sum(r.probability) as probability
  from reasons r
  group by r.patient
)
select r.patient, r.lead, r.step, r.is_told, cast(floor(s.one * w.as_real * r.probability / u.probability) as bigint) as share
from reasons r
join summed u on u.patient = r.patient and u.probability > 0
cross join scale s
cross join why_scale w
