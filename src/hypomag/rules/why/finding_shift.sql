-- How far the leads of each step move the chance of each outcome of an open finding away from the background: the sum of
-- share times shift, in whole 1/10000 of 1/10000; excess: the same for what would be left unknown, H(outcome | lead).
with held as (
  select l.patient, l.finding, l.step, l.pattern, cast(sum(l.share) as bigint) as share
  from lead_pattern l
  group by l.patient, l.finding, l.step, l.pattern
)
select h.patient, h.finding, q.value, h.step, cast(sum(h.share * q.shift) as bigint) as shift,
       cast(sum(h.share * e.excess) as bigint) as excess
from held h
join finding_patterns q on q.finding = h.finding and q.pattern = h.pattern
join pattern_entropies e on e.finding = h.finding and e.pattern = h.pattern
group by h.patient, h.finding, q.value, h.step
