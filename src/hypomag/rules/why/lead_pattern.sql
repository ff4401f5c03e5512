-- How each open finding would look under each lead where that differs from low patients at large: the pattern of the
-- cause, otherwise that of its step. What only shows that a cause is there tells nothing of one that the record names;
-- what needs a cause to be there (stopping its drug) is only asked of one that is.
select l.patient, o.finding, l.lead, l.step, l.share, p.pattern
from lead l
join open_finding o on o.patient = l.patient
join findings f on f.finding = o.finding
join cause_patterns p on p.cause = l.lead and p.finding = o.finding
where (l.is_told = 1 and p.shows = 'work') or (l.is_told = 0 and f.of_told = 0)
union all
select l.patient, o.finding, l.lead, l.step, l.share, p.pattern
from lead l
join step_patterns p on p.step = l.step
join open_finding o on o.patient = l.patient and o.finding = p.finding
left join cause_patterns c on c.cause = l.lead and c.finding = p.finding
where c.cause is null
