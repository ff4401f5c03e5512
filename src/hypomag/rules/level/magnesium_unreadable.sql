-- Results of serum magnesium, as new as the newest readable one or undated, whose number cannot be trusted:
-- while one stands, any level is possible.
with newest as (
  select c.patient, max(c.earliest) as earliest
  from magnesium_candidate c
  group by c.patient
)
select m.patient, m.row, m.why_not
from magnesium_reading m
join why_nots w on w.why_not = m.why_not and w.widens = 1
left join newest n on n.patient = m.patient
where n.earliest is null or m.t is null or m.latest > n.earliest or m.t >= n.earliest
