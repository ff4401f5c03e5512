-- How likely each step is to fail before the step findings speak: noisy-OR of its causes and its leak. keep and fail are
-- ln(it holds) and ln(it fails) in whole micro-nats, chance in whole 1/weight_one.
with links as (
  select c.patient, c.step, c.link
  from cause_link c
  union all
  select a.patient, t.step, cast(floor(-w.micro * ln((s.one - t.leak) * w.as_real / s.one)) as bigint) as link
  from why_asked a
  cross join steps t
  cross join scale s
  cross join why_scale w
),
summed as (
  select l.patient, l.step, sum(l.link) as link
  from links l
  group by l.patient, l.step
)
select u.patient, u.step, u.link, -u.link as keep,
       case when u.link > 0 then cast(floor(w.micro * ln(1 - exp(-u.link * w.as_real / w.micro))) as bigint) end as fail,
       cast(floor(w.weight_one * (1 - exp(-u.link * w.as_real / w.micro))) as bigint) as chance
from summed u
cross join why_scale w
