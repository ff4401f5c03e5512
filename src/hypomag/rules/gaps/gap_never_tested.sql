-- Never tested but should be: no result of serum magnesium at all, and at least one reason to measure it.
select l.patient, 'never_tested' as gap, r.row,
       case when l.status = 'not_measured' then 1 when l.status <> 'not_measured' then 0 end as holds
from level l
join test_reason r on r.patient = l.patient and r.nth = 1
