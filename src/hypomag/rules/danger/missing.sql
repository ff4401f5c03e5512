-- What is not known and would decide something: the tests to order and the questions to ask. Where a creatinine is there,
-- what keeps it from an eGFR is named instead: age, sex, or, under 18, an eGFR that the laboratory reckons for a child.
-- A sign told only in doubt is itself what is not known.
with kidney_unknown as (
  select a.patient, p.sex, g.years, max(m.row) as creatinine
  from asked a
  left join egfr e on e.patient = a.patient
  left join patients p on p.patient = a.patient
  left join age g on g.patient = a.patient
  left join measured m on m.patient = a.patient and m.analyte = 'creatinine' and m.why_not is null
  where e.patient is null
  group by a.patient, p.sex, g.years
)
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
  and ((c.kind = 'companion' and k.is_asked = 1) or (c.kind = 'aggravated' and g.holds is null) or c.kind = 'suspected')
group by c.patient, c.criterion
union all
select a.patient, 'age' as what, 'range' as decides
from asked a
left join age g on g.patient = a.patient
where g.patient is null
union all
select k.patient, 'creatinine' as what, 'doses' as decides
from kidney_unknown k
where k.creatinine is null
union all
select k.patient, 'age' as what, 'doses' as decides
from kidney_unknown k
where k.creatinine is not null and k.years is null
union all
select k.patient, 'sex' as what, 'doses' as decides
from kidney_unknown k
left join egfr_2021 f on f.sex = k.sex
cross join limits l
where k.creatinine is not null and f.sex is null and (k.years is null or k.years >= l.adult_from)
union all
select k.patient, 'egfr' as what, 'doses' as decides
from kidney_unknown k
left join egfr_2021 f on f.sex = k.sex
cross join limits l
where k.creatinine is not null and (k.years < l.adult_from or (k.years >= l.adult_from and f.sex is not null))
