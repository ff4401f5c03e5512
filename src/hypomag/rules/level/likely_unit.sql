-- Which units would fit a magnesium result whose own unit is absent, unknown or doubtful: those in which the number, and
-- the lower limit printed beside it, would be usual. Named for the reader; nothing is ever graded by them.
with doubtful as (
  select u.patient, u.row, o.value, o.ref_low
  from magnesium_unreadable u
  join why_nots w on w.why_not = u.why_not and w.is_of_unit = 1
  join observations o on o.patient = u.patient and o.row = u.row
)
select d.patient, d.row, p.unit
from doubtful d
join plausible p on p.analyte = 'magnesium' and d.value >= p.typical_low and d.value <= p.typical_high
left join range_bounds b on b.unit = p.unit
where d.ref_low is null or (d.ref_low >= b.lowest_low and d.ref_low <= b.highest_low)
