-- The trail of the outlook.
select r.patient, r.cause as key, r.row as evidence, 1 as for_or_against, 'recovery' as limit_name, r.source
from recovery r
union all
select a.patient, a.association as key, a.row as evidence, 1 as for_or_against, 'association' as limit_name, a.source
from association_shown a
