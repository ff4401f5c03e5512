-- Magnesium running by vein or muscle for pre-eclampsia or eclampsia: the level is meant to be high and low-magnesium
-- logic is silent. Magnesium by mouth is no such treatment.
select p.patient, min(m.row) as row
from present p
join magnesium_given m on m.patient = p.patient and m.is_taken = 1 and m.is_parenteral = 1
where p.concept in ('pre_eclampsia', 'eclampsia')
group by p.patient
