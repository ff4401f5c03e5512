-- How likely each step fails, in whole 1/10000. Other: none of the five fails, or it is at work beside
-- them.
with total as (
  select v.patient, sum(v.weight) as weight, sum(case when v.state = 0 then v.weight when v.state > 0 then 0 end) as none
  from state_weight v
  group by v.patient
),
failing as (
  select v.patient, x.step, sum(v.weight * x.fails) as weight
  from state_weight v
  join step_states x on x.state = v.state
  group by v.patient, x.step
)
select f.patient, f.step, cast(floor(s.one * w.as_real * f.weight / t.weight) as bigint) as probability
from failing f
join total t on t.patient = f.patient
cross join scale s
cross join why_scale w
union all
select t.patient, c.step,
       cast(floor(s.one * (w.as_real * t.none / t.weight
         + (t.weight - t.none) * w.as_real / t.weight * c.chance / w.weight_one)) as bigint)
         as probability
from total t
join step_chance c on c.patient = t.patient and c.step = 'other'
cross join scale s
cross join why_scale w
