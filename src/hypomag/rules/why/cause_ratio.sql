-- How much the findings of a patient shift the odds of each cause, recorded or not: that it is there (presence), and that
-- it is at work (work). Each is the sum of ln(likelihood under its pattern / among low patients at large), in whole
-- micro-nats. What low magnesium itself explains is left out,
-- and a fact that tells of the cause already does not count again.
with told as (
  select t.patient, t.cause, t.row
  from cause_told t
  group by t.patient, t.cause, t.row
)
select f.patient, p.cause,
       sum(case when p.shows = 'presence' then q.log_ratio when p.shows = 'work' then 0 end) as presence,
       sum(case when p.shows = 'work' then q.log_ratio when p.shows = 'presence' then 0 end) as work
from patient_finding f
left join consequence c on c.patient = f.patient and c.finding = f.finding and c.explains = 1
join finding_patterns q on q.finding = f.finding and q.value = f.value
join findings d on d.finding = f.finding and d.layer = 'cause'
join cause_patterns p on p.finding = q.finding and p.pattern = q.pattern
left join told t on t.patient = f.patient and t.cause = p.cause and t.row = f.row
where c.finding is null and t.row is null
group by f.patient, p.cause
