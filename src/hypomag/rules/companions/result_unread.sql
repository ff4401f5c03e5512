-- Results of other tests than serum magnesium that hold something nobody can read (no unit, an odd one, no time) and are
-- the newest of their test: named, so that nobody takes them for not done.
with newest as (
  select m.patient, m.analyte, max(m.t) as t
  from measured m
  where m.why_not is null
  group by m.patient, m.analyte
),
odd as (
  select m.patient, m.analyte, m.row, m.why_not, m.t
  from measured m
  join why_nots w on w.why_not = m.why_not and w.widens = 1
  left join newest n on n.patient = m.patient and n.analyte = m.analyte
  where m.analyte <> 'magnesium' and (n.t is null or m.t is null or m.t >= n.t)
),
latest as (
  select o.patient, o.analyte, max(o.t) as t
  from odd o
  group by o.patient, o.analyte
)
select o.patient, o.analyte, o.row, o.why_not
from odd o
join latest l on l.patient = o.patient and l.analyte = o.analyte
where o.t is null or o.t = l.t
