-- How likely each cause is at work at each of its steps, and its share of what makes the step fail, in whole 1/10000.
-- Given that the step fails, a cause is at work there by its chance over the step's chance.
with parts as (
  select k.patient, k.cause, k.step, k.is_told, k.link, k.chance, c.link as step_link, p.probability,
         k.chance * w.as_real / c.chance as given_failing
  from step_chance c
  join step_probability p on p.patient = c.patient and p.step = c.step
  join cause_link k on k.patient = c.patient and k.step = c.step
  cross join scale s
  cross join why_scale w
  where k.is_told = 1 or k.chance * s.one >= w.least * w.weight_one
)
select p.patient, p.cause, p.step, p.is_told,
       case when p.step = 'other' then cast(floor(s.one * w.as_real * p.chance / w.weight_one) as bigint)
            when p.step <> 'other' then cast(floor(p.probability * p.given_failing) as bigint) end as probability,
       cast(floor(s.one * w.as_real * p.link / p.step_link) as bigint) as share,
       case when p.step <> 'other' then cast(floor(s.one * p.given_failing) as bigint) end as given_failing
from parts p
cross join scale s
cross join why_scale w
where p.step_link > 0
