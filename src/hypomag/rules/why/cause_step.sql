-- How likely each cause is at work at each of its steps, and its share of what makes the step fail, in whole 1/10000.
-- Given that the step fails, a cause is at work there by its chance over the step's chance. A cause that the record does
-- not tell of and that is unlikely everywhere is left out.
with parts as (
  select k.patient, k.cause, k.step, k.is_told, k.link, c.link as step_link, p.probability,
         k.chance * w.as_real / c.chance as given_failing
  from step_chance c
  join step_probability p on p.patient = c.patient and p.step = c.step
  join cause_link k on k.patient = c.patient and k.step = c.step
  cross join why_scale w
  where c.chance > 0 and c.link > 0
),
likely as (
  select p.patient, p.cause
  from parts p
  cross join why_scale w
  where p.is_told = 1 or p.probability * p.given_failing >= w.least
  group by p.patient, p.cause
)
select p.patient, p.cause, p.step, p.is_told, cast(floor(p.probability * p.given_failing) as bigint) as probability,
       cast(floor(s.one * w.as_real * p.link / p.step_link) as bigint) as share,
       case when p.step <> 'other' then cast(floor(s.one * p.given_failing) as bigint) end as given_failing
from likely l
join parts p on p.patient = l.patient and p.cause = l.cause
cross join scale s
cross join why_scale w
