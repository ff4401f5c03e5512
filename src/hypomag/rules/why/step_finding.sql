-- The one step finding that counts: of those known the first by rank (they lean on one another).
with ranked as (
  select f.patient, f.finding, f.value, f.row,
         row_number() over (partition by f.patient order by d.rank, f.row) as nth
  from patient_finding f
  join findings d on d.finding = f.finding and d.layer = 'step'
)
select r.patient, r.finding, r.value, r.row
from ranked r
where r.nth = 1
