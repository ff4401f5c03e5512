-- One line a serum magnesium that can be read, with the ward the patient was in, where the record says it.
with at_ward as (
  select s.patient, s.row, e.ward,
         row_number() over (partition by s.patient, s.row order by e.start desc, e.row) as nth
  from magnesium_status s
  join encounters e on e.patient = s.patient and e.start <= s.t and (e.until is null or e.until >= s.t)
  where e.ward <> ''
)
select s.patient, s.row, s.t, s.canonical, s.is_low, s.is_high, w.ward
from magnesium_status s
left join at_ward w on w.patient = s.patient and w.row = s.row and w.nth = 1
