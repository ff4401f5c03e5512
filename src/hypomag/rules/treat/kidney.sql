-- Kidney function for dosing: the eGFR, and whether it is new enough for a figure by vein and by mouth.
-- No row where nothing can be read or a newer result cannot; not new where a newer creatinine gives no eGFR, be it
-- beyond the window or because sex or age, which the estimate needs, is not known.
with doubts as (
  select d.patient
  from doubtful_result d
  where d.analyte in ('creatinine', 'egfr')
  group by d.patient
),
newest as (
  select m.patient, max(m.earliest) as t
  from measured m
  where m.analyte in ('creatinine', 'egfr') and m.why_not is null
  group by m.patient
),
unread as (
  select m.patient, max(m.earliest) as t
  from measured m
  left join patients p on p.patient = m.patient
  cross join limits l
  left join egfr_2021 f on f.sex = p.sex
  left join age g on g.patient = m.patient and g.years >= l.adult_from
  where m.analyte = 'creatinine' and m.why_not is null and (f.sex is null or g.patient is null)
  group by m.patient
)
select e.patient, e.egfr, e.row, n.t,
       case when n.t > e.t + l.companion_window or u.t > e.t then 0
            when n.t >= f.since then 1
            when n.t < f.since then 0 end as is_recent,
       case when n.t > e.t + l.companion_window or u.t > e.t then 0
            when n.t >= a.as_of - l.creatinine_lasts_by_mouth then 1
            when n.t < a.as_of - l.creatinine_lasts_by_mouth then 0 end as is_known
from egfr e
join newest n on n.patient = e.patient
join asked a on a.patient = e.patient
join fresh_since f on f.patient = e.patient
cross join limits l
left join unread u on u.patient = e.patient
left join doubts d on d.patient = e.patient
where d.patient is null
