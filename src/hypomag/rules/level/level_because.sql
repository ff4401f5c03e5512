-- Why the level is what it is: the deciding result against its range; each other profile that would say otherwise;
-- results that cannot be read.
select l.patient, l.status as key, l.row as evidence, 1 as for_or_against, l.profile as limit_name, r.source
from level l
join ranges r on r.profile = l.profile and r.family = l.family
union all
select l.patient, l.status as key, l.row as evidence, 1 as for_or_against, l.profile as limit_name, 'LABORATORY' as source
from level l
where l.profile = 'laboratory'
union all
select u.patient, 'cannot_tell' as key, u.row as evidence, 1 as for_or_against, u.why_not as limit_name, w.source
from magnesium_unreadable u
join why_nots w on w.why_not = u.why_not
union all
select g.patient, g.scheme as key, d.row as evidence, 1 as for_or_against, g.name as limit_name, x.source
from grade g
join deciding d on d.patient = g.patient
join grades x on x.scheme = g.scheme and x.family = d.family and x.grade = g.grade
