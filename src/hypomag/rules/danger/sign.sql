-- A sign, symptom or rhythm the patient has now, or a disease that is a red flag. A dated one counts while it is fresh.
select p.patient, p.concept, p.row
from present p
join asked a on a.patient = p.patient
cross join limits l
left join red_flags f on f.concept = p.concept
where (p.concept_kind in ('symptom', 'rhythm') or f.concept is not null)
  and (p.start is null or p.latest >= a.as_of - l.red_flag_lasts)
