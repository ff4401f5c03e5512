-- Reasons to think that stores are low although the serum is not: a cause of magnesium loss is present, or potassium
-- or calcium is low.
select c.patient, c.row
from cause_present c
union all
select c.patient, c.row
from companion c
where c.analyte in ('potassium', 'calcium_corrected', 'calcium_ionised') and c.status in ('low', 'severely_low')
