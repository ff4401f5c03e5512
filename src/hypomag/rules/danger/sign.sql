-- A sign, symptom or rhythm the patient has now. A dated one counts while it is fresh.
select p.patient, p.concept, p.row
from present p
join asked a on a.patient = p.patient
cross join limits l
where p.concept_kind in ('symptom', 'rhythm') and (p.start is null or p.start >= a.as_of - l.red_flag_lasts)
