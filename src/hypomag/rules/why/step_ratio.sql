-- How much the findings shift the odds that a step fails for a reason that no cause names (other: that magnesium is low
-- though none fails), in micro-nats. What low magnesium itself explains is left out.
select f.patient, p.step, sum(q.log_ratio) as log_ratio
from patient_finding f
join findings d on d.finding = f.finding and d.layer = 'cause'
left join consequence c on c.patient = f.patient and c.finding = f.finding and c.explains = 1
join finding_patterns q on q.finding = f.finding and q.value = f.value and q.log_ratio <> 0
join step_patterns p on p.finding = q.finding and p.pattern = q.pattern
where c.finding is null
group by f.patient, p.step
