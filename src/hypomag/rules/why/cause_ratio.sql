-- How much the findings of a patient shift the odds that each cause is at work, recorded or not: the sum of ln(likelihood
-- under its pattern / among low patients at large), in whole micro-nats.
select f.patient, p.cause, sum(q.log_ratio) as log_ratio,
       sum(case when p.applies = 'always' or (p.applies = 'contradicts' and q.log_ratio < 0) then q.log_ratio
                when p.applies = 'unrecorded' or (p.applies = 'contradicts' and q.log_ratio >= 0) then 0 end)
         as log_ratio_told
from patient_finding f
join finding_patterns q on q.finding = f.finding and q.value = f.value
join findings d on d.finding = f.finding and d.layer = 'cause'
join cause_patterns p on p.finding = q.finding and p.pattern = q.pattern
group by f.patient, p.cause
