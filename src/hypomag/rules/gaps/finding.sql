-- What was found about each patient somebody should look at, one line each: causes, reasons for urgency, disturbed
-- companions, flags of the level, what is missing; and for everybody gaps, and reasons to test where nothing was
-- measured. holds: 1, or unknown with why.
select c.patient, 'cause' as part, c.cause as key, c.row, 1 as holds, null as why_unknown
from cause_present c
join worklisted w on w.patient = c.patient
union all
select u.patient, 'urgency' as part, u.criterion as key, u.row, u.holds, null as why_unknown
from urgency_criterion u
join worklisted w on w.patient = u.patient
where u.holds = 1
union all
select c.patient, 'companion' as part, c.analyte as key, c.row, 1 as holds, null as why_unknown
from companion c
join worklisted w on w.patient = c.patient
where c.status in ('low', 'high', 'severely_low', 'severely_high')
union all
select f.patient, 'flag' as part, f.flag as key, f.row, 1 as holds, null as why_unknown
from level_flag f
join worklisted w on w.patient = f.patient
union all
select m.patient, 'missing' as part, m.what as key, null as row, 1 as holds, null as why_unknown
from missing m
join worklisted w on w.patient = m.patient
union all
select g.patient, 'gap' as part, g.gap as key, g.row, g.holds, g.why_unknown
from gap g
where g.holds = 1 or g.holds is null
union all
select t.patient, 'test_reason' as part, t.risk as key, t.row, 1 as holds, null as why_unknown
from test_reason t
join level l on l.patient = t.patient and l.status = 'not_measured'
