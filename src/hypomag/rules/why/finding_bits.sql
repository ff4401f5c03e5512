-- What each open finding is expected to tell, in whole 1/10000 bit: about the cause and about the step. Information is
-- H(outcome) less the mean of H(outcome | cause), or of H(outcome | step); a step is known once the cause is, so it
-- tells no more of the step.
with shifted as (
  select h.patient, h.finding, h.value, cast(sum(h.shift) as bigint) as shift, cast(sum(h.excess) as bigint) as excess
  from finding_shift h
  group by h.patient, h.finding, h.value
),
outcome as (
  select h.patient, h.finding, h.excess, (b.likelihood * s.one + h.shift) * w.as_real / (s.one * s.one) as p
  from shifted h
  join finding_patterns b on b.finding = h.finding and b.pattern = 'background' and b.value = h.value
  cross join scale s
  cross join why_scale w
),
spread as (
  select o.patient, o.finding, max(o.excess) as excess,
         cast(sum(cast(floor(-s.one * o.p * ln(o.p) / w.bit) as bigint)) as bigint) as bits
  from outcome o
  cross join scale s
  cross join why_scale w
  where o.p > 0
  group by o.patient, o.finding
),
step_share as (
  select l.patient, l.step, cast(sum(l.share) as bigint) as share
  from lead l
  group by l.patient, l.step
),
outcome_by_step as (
  select h.patient, h.finding, h.step, t.share,
         (b.likelihood * t.share + h.shift) * w.as_real / (s.one * t.share) as p
  from finding_shift h
  join step_share t on t.patient = h.patient and t.step = h.step and t.share > 0
  join finding_patterns b on b.finding = h.finding and b.pattern = 'background' and b.value = h.value
  cross join scale s
  cross join why_scale w
),
spread_by_step as (
  select o.patient, o.finding, o.step, o.share, cast(sum(cast(floor(-s.one * o.p * ln(o.p) / w.bit) as bigint)) as bigint) as bits
  from outcome_by_step o
  cross join scale s
  cross join why_scale w
  where o.p > 0
  group by o.patient, o.finding, o.step, o.share
),
left_by_step as (
  select o.patient, o.finding, cast(sum(o.share * (o.bits - e.entropy)) as bigint) as excess
  from spread_by_step o
  join pattern_entropies e on e.finding = o.finding and e.pattern = 'background'
  group by o.patient, o.finding
),
told as (
  select p.patient, p.finding,
         p.bits - e.entropy - cast(floor(p.excess * w.as_real / s.one) as bigint) as of_cause,
         p.bits - e.entropy - cast(floor(t.excess * w.as_real / s.one) as bigint) as of_step
  from spread p
  join left_by_step t on t.patient = p.patient and t.finding = p.finding
  join pattern_entropies e on e.finding = p.finding and e.pattern = 'background'
  cross join scale s
  cross join why_scale w
)
select t.patient, t.finding,
       case when t.of_cause > 0 then t.of_cause when t.of_cause <= 0 then 0 end as bits_cause,
       case when t.of_step <= 0 or t.of_cause <= 0 then 0
            when t.of_step > t.of_cause then t.of_cause
            when t.of_step <= t.of_cause then t.of_step end as bits_step
from told t
