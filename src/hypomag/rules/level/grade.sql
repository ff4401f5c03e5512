-- The grade in each scheme, where only one is possible; unknown where the level is in doubt.
with counted as (
  select p.patient, p.scheme, min(p.grade) as grade, max(p.grade) as other, min(p.name) as name,
         max(p.is_converted) as is_converted
  from grade_possible p
  group by p.patient, p.scheme
)
select c.patient, c.scheme, c.grade, c.name, c.is_converted
from counted c
join level l on l.patient = c.patient and l.status in ('low', 'normal', 'high')
where c.grade = c.other
