-- Drugs that lower magnesium, begun before an episode of it and still running some days into it.
select e.patient, e.episode, d.row, d.drug, f.cause
from low_episode e
join asked a on a.patient = e.patient
cross join limits l
join drug_taken d on d.patient = e.patient
join drug_effects f on f.drug = d.drug and f.effect = 'lowers' and f.only_with is null and f.cause is not null
where (d.start is null or d.start <= e.start) and a.as_of >= e.start + l.stop_within
  and (d.until >= e.start + l.stop_within or (d.until is null and d.is_taken = 1))
