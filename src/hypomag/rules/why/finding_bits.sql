-- What each open finding is expected to tell, in whole 1/10000 bit: about the cause and about the step. Information is
-- H(outcome) less the mean of H(outcome | cause), or of H(outcome | step); a step is known once the cause is, so it
-- tells no more of the step.
with background as (
  select o.patient, q.finding, q.value, q.likelihood
  from open_finding o
  join finding_patterns q on q.finding = o.finding and q.pattern = 'background'
),
shifts as (
  select l.patient, l.finding, q.value, l.step, sum(l.share * q.shift) as shift
  from lead_pattern l
  join finding_patterns q on q.finding = l.finding and q.pattern = l.pattern
  group by l.patient, l.finding, q.value, l.step
),
step_share as (
  select l.patient, l.step, sum(l.share) as share
  from lead l
  group by l.patient, l.step
),
shifted as (
  select h.patient, h.finding, h.value, sum(h.shift) as shift
  from shifts h
  group by h.patient, h.finding, h.value
),
outcome as (
  select b.patient, b.finding, (b.likelihood * s.one + h.shift) * w.as_real / (s.one * s.one) as p
  from shifted h
  join background b on b.patient = h.patient and b.finding = h.finding and b.value = h.value
  cross join scale s
  cross join why_scale w
),
spread as (
  select o.patient, o.finding, sum(cast(floor(-s.one * o.p * ln(o.p) / w.bit) as bigint)) as bits
  from outcome o
  cross join scale s
  cross join why_scale w
  where o.p > 0
  group by o.patient, o.finding
),
left_by_cause as (
  select l.patient, l.finding, sum(l.share * e.excess) as excess
  from lead_pattern l
  join pattern_entropies e on e.finding = l.finding and e.pattern = l.pattern
  group by l.patient, l.finding
),
outcome_by_step as (
  select h.patient, h.finding, h.step, t.share,
         (b.likelihood * s.one * t.share + h.shift * s.one) * w.as_real / (s.one * s.one * t.share) as p
  from shifts h
  join step_share t on t.patient = h.patient and t.step = h.step and t.share > 0
  join background b on b.patient = h.patient and b.finding = h.finding and b.value = h.value
  cross join scale s
  cross join why_scale w
),
spread_by_step as (
  select o.patient, o.finding, o.step, o.share, sum(cast(floor(-s.one * o.p * ln(o.p) / w.bit) as bigint)) as bits
  from outcome_by_step o
  cross join scale s
  cross join why_scale w
  where o.p > 0
  group by o.patient, o.finding, o.step, o.share
),
left_by_step as (
  select o.patient, o.finding, sum(o.share * (o.bits - e.entropy)) as excess
  from spread_by_step o
  join pattern_entropies e on e.finding = o.finding and e.pattern = 'background'
  group by o.patient, o.finding
),
told as (
  select p.patient, p.finding,
         p.bits - e.entropy - cast(floor(c.excess * w.as_real / s.one) as bigint) as of_cause,
         p.bits - e.entropy - cast(floor(t.excess * w.as_real / s.one) as bigint) as of_step
  from spread p
  join left_by_cause c on c.patient = p.patient and c.finding = p.finding
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
