-- Patients whose record speaks of medications at all. For the others nothing can be said of what they were given.
select m.patient
from medications m
group by m.patient
