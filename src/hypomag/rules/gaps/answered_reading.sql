-- For each magnesium given by vein or muscle the newest serum magnesium before it, where one is fresh enough to have
-- been its reason. A dose known only to the day may answer a result of that day.
with before_it as (
  select c.patient, c.row as dose_row, s.row, s.t, s.is_low, s.is_high, s.canonical_low,
         row_number() over (partition by c.patient, c.row order by s.t desc, s.row) as nth
  from magnesium_course c
  cross join limits l
  join magnesium_status s on s.patient = c.patient and s.t <= c.start + (c.start - c.earliest)
    and s.t >= c.earliest - l.answers_within
  where c.is_parenteral = 1
)
select b.patient, b.dose_row, b.row, b.t, b.is_low, b.is_high, b.canonical_low
from before_it b
where b.nth = 1
