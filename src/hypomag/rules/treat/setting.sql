-- Is the patient in hospital at the moment asked about? 1, 0, or unknown where no encounter is open.
select e.patient, max(k.is_hospital) as is_hospital
from encounters e
join asked a on a.patient = e.patient
join care_settings k on k.class = e.class
left join precisions p on p.start_precision = e.start_precision
where (e.start <= a.as_of or e.start - p.half_width <= a.as_of) and (e.until is null or e.until >= a.as_of)
group by e.patient
