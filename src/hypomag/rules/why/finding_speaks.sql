-- How much each finding of a patient shifts the odds of each cause, recorded or not: ln(likelihood under the cause's
-- pattern / among low patients at large) in whole micro-nats; whether it shows that the cause is there (presence) or at
-- work (work). What low magnesium itself explains is left out, and a fact that tells of the cause does not count again.
with told as (
  select t.patient, t.cause, t.row
  from cause_told t
  group by t.patient, t.cause, t.row
)
select f.patient, p.cause, f.finding, f.row, p.shows, q.log_ratio, p.source
from patient_finding f
left join consequence c on c.patient = f.patient and c.finding = f.finding and c.explains = 1
join finding_patterns q on q.finding = f.finding and q.value = f.value and q.log_ratio <> 0
join cause_patterns p on p.finding = q.finding and p.pattern = q.pattern
join findings d on d.finding = f.finding and d.layer = 'cause'
left join told t on t.patient = f.patient and t.cause = p.cause and t.row = f.row
where c.finding is null and t.row is null
