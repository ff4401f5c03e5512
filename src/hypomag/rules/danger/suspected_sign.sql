-- A sign, symptom, rhythm or disease that is a red flag and is told only in doubt ("rule out seizure", a diagnosis not
-- confirmed): it is not had, and what it would make urgent stays open. A dated one counts while it is fresh.
select m.patient, m.concept, m.row
from mention m
join asked a on a.patient = m.patient
cross join limits l
left join red_flags f on f.concept = m.concept
left join sign s on s.patient = m.patient and s.concept = m.concept
where m.is_denied is null and m.is_past = 0 and s.patient is null
  and (m.concept_kind in ('symptom', 'rhythm') or f.concept is not null)
  and (m.start is null or m.latest >= a.as_of - l.red_flag_lasts)
