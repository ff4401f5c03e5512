-- How far the leads of each step move the chance of each outcome of an open finding away from the background: the sum of
-- share times shift, in whole 1/10000 of 1/10000; excess: the same for what would be left unknown, H(outcome | lead).
select l.patient, l.finding, q.value, l.step, sum(l.share * q.shift) as shift, sum(l.share * e.excess) as excess
from lead_pattern l
join finding_patterns q on q.finding = l.finding and q.pattern = l.pattern
join pattern_entropies e on e.finding = l.finding and e.pattern = l.pattern
group by l.patient, l.finding, q.value, l.step
