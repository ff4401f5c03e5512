-- Is magnesium low for the purpose of urgency? Silent (0) while magnesium runs for pre-eclampsia.
select l.patient, case when o.patient is not null then 0 when o.patient is null then l.is_low end as is_low, l.row
from level l
left join obstetric_magnesium o on o.patient = l.patient
