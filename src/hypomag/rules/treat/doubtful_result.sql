-- A creatinine, eGFR or vital sign that stands in the record and cannot be read: while it is as new as the newest
-- readable one, what it would have said stays open.
with doubts as (
  select m.patient, m.analyte, m.t, m.row
  from measured m
  join why_nots w on w.why_not = m.why_not and w.widens = 1
  where m.analyte in ('creatinine', 'egfr', 'respiratory_rate', 'systolic', 'urine_output')
),
newest as (
  select m.patient, m.analyte, max(m.t) as t
  from measured m
  where m.why_not is null
  group by m.patient, m.analyte
)
select d.patient, d.analyte, max(d.row) as row
from doubts d
left join newest n on n.patient = d.patient and n.analyte = d.analyte
where d.t is null or n.t is null or d.t >= n.t
group by d.patient, d.analyte
