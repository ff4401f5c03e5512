-- The chance of each cause as a link: -ln(1 - chance) in whole micro-nats, so that the links of one step add up.
select c.patient, c.cause, c.step, c.is_told, c.chance,
       cast(floor(s.half - w.micro * ln((w.weight_one - c.chance) * w.as_real / w.weight_one)) as bigint) as link
from cause_chance c
cross join scale s
cross join why_scale w
where c.chance > 0
