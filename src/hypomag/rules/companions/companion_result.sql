-- Of each test that belongs beside magnesium, the result nearest to it in time; of equally near ones the later.
with near as (
  select m.patient, m.analyte, m.row, m.t, m.unit, m.canonical, m.canonical_low, m.canonical_high,
         abs(m.t - a.t) as distance
  from measured m
  join companion_limits c on c.analyte = m.analyte
  join anchor a on a.patient = m.patient
  where m.why_not is null
),
ranked as (
  select n.patient, n.analyte, n.row, n.t, n.unit, n.canonical, n.canonical_low, n.canonical_high,
         row_number() over (partition by n.patient, n.analyte order by n.distance, n.t desc, n.row) as nth
  from near n
  cross join limits l
  where n.distance <= l.companion_window
)
select r.patient, r.analyte, r.row, r.t, r.unit, r.canonical, r.canonical_low, r.canonical_high
from ranked r
where r.nth = 1
