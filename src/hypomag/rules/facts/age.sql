-- Age at the moment asked about, in days and in whole years; unknown without a date of birth.
select p.patient, cast(floor((a.as_of - p.birth) / s.day) as bigint) as days,
       cast(floor((a.as_of - p.birth) / s.year) as bigint) as years
from patients p
join asked a on a.patient = p.patient
cross join scale s
where p.birth is not null and p.birth <= a.as_of
