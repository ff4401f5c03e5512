-- The reasons to think that a magnesium never measured is low, each with its fact and its source.
select r.patient, 'untested' as key, r.row as evidence, 1 as for_or_against, r.risk as limit_name, r.source
from untested_reason r
where r.excess > 0
