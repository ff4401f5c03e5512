-- How likely each step is to fail before it is known that magnesium is low: noisy-OR of its causes and its leak, a reason
-- that no cause names. For other the leak is a magnesium that is low though no step fails. keep and fail are ln(it holds)
-- and ln(it fails) in whole micro-nats, chance and leak are in whole 1/weight_one.
with nameless as (
  select a.patient, t.step,
         case when t.leak_rate = 0 then 0
              when t.leak_rate > 0 then w.weight_one / (1 + (w.weight_one - t.leak_rate) * w.as_real / t.leak_rate
                * exp(-(case when r.step is not null then r.log_ratio when r.step is null then 0 end) * w.as_real / w.micro))
              end as chance
  from why_asked a
  cross join steps t
  cross join why_scale w
  left join step_ratio r on r.patient = a.patient and r.step = t.step
),
leaks as (
  select n.patient, n.step, cast(floor(s.half + n.chance) as bigint) as chance
  from nameless n
  cross join scale s
),
links as (
  select c.patient, c.step, c.link, 0 as leak
  from cause_link c
  union all
  select n.patient, n.step, cast(floor(s.half - w.micro * ln((w.weight_one - n.chance) * w.as_real / w.weight_one)) as bigint) as link, n.chance as leak
  from leaks n
  cross join scale s
  cross join why_scale w
),
summed as (
  select l.patient, l.step, sum(l.link) as link, sum(l.leak) as leak
  from links l
  group by l.patient, l.step
)
select u.patient, u.step, u.link, u.leak, -u.link as keep,
       case when u.link > 0 then cast(floor(w.micro * ln(1 - exp(-u.link * w.as_real / w.micro))) as bigint) end as fail,
       cast(floor(w.weight_one * (1 - exp(-u.link * w.as_real / w.micro))) as bigint) as chance
from summed u
cross join why_scale w
