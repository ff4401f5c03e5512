-- The moment the other tests are read at: that of the deciding magnesium, or the moment asked about where none is.
select a.patient, case when d.t is not null then d.t when d.t is null then a.as_of end as t
from asked a
left join deciding d on d.patient = a.patient
