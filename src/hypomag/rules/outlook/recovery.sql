-- How soon magnesium recovers once each present cause is treated, where a source says; only for people who are low.
select c.patient, c.cause, k.name, k.recovery, k.recovery_days_low, k.recovery_days_high, min(c.row) as row, k.source,
       k.standing
from cause_present c
join causes k on k.cause = c.cause
join level v on v.patient = c.patient and v.is_low = 1
left join obstetric_magnesium o on o.patient = c.patient
where o.patient is null
group by c.patient, c.cause, k.name, k.recovery, k.recovery_days_low, k.recovery_days_high, k.source, k.standing
