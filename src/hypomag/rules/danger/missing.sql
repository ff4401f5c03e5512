-- What is not known and would decide something: the tests to order and the questions to ask.
select l.patient, 'magnesium' as what, 'level' as decides
from level l
where l.status = 'not_measured'
union all
select u.patient, u.why_not as what, 'level' as decides
from magnesium_unreadable u
group by u.patient, u.why_not
union all
select l.patient, 'magnesium_repeat' as what, 'level' as decides
from level l
left join magnesium_unreadable u on u.patient = l.patient
where l.status = 'cannot_tell' and u.patient is null
union all
select c.patient, c.criterion as what, 'urgency' as decides
from urgency_criterion c
join tiers t on t.tier = c.tier
join urgency u on u.patient = c.patient and u.rank < t.rank
left join aggravated g on g.patient = c.patient and g.what = c.criterion
left join companion_limits k on k.analyte = c.criterion
where c.holds is null
  and ((c.kind = 'companion' and k.is_asked = 1) or (c.kind = 'aggravated' and g.holds is null))
group by c.patient, c.criterion
union all
select a.patient, 'age' as what, 'range' as decides
from asked a
left join age g on g.patient = a.patient
where g.patient is null
union all
select a.patient, 'creatinine' as what, 'doses' as decides
from asked a
left join egfr e on e.patient = a.patient
where e.patient is null
