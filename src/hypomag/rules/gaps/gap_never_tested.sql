-- Never tested but should be: no result of serum magnesium at all, and at least one reason to measure it.
select r.patient, 'never_tested' as gap, r.row, 1 as holds
from test_reason r
where r.nth = 1
