-- How likely each cause is at work at each of its steps, and its share of what makes the step fail, in whole 1/10000.
-- Given that the step fails, a cause is at work there by its chance over the step's chance.
with parts as (
  select k.patient, k.cause, k.step, k.is_told, k.link, c.link as step_link, p.probability,
         (1 - exp(-k.link * w.as_real / w.micro)) / (1 - exp(-c.link * w.as_real / w.micro)) as given_failing
  from cause_link k
  join step_chance c on c.patient = k.patient and c.step = k.step
  join step_probability p on p.patient = k.patient and p.step = k.step
  cross join why_scale w
  where k.link > 0
)
select p.patient, p.cause, p.step, p.is_told, p.link,
       case when p.step = 'other' then cast(floor(s.one * (1 - exp(-p.link * w.as_real / w.micro))) as bigint)
            when p.step <> 'other' then cast(floor(p.probability * p.given_failing) as bigint) end as probability,
       cast(floor(s.one * w.as_real * p.link / p.step_link) as bigint) as share,
       case when p.step <> 'other' then cast(floor(s.one * p.given_failing) as bigint) end as given_failing
from parts p
cross join scale s
cross join why_scale w
