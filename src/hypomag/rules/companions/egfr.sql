-- Kidney function: eGFR by CKD-EPI 2021 from the newest creatinine, in adults whose sex and age are known, and the newest
-- eGFR the laboratory reported. A time known only to the day, month or year stands at its first second. Of the two the newer counts; where they belong together, and of one moment, the lower.
with newest as (
  select m.patient, m.analyte, m.row, m.earliest as t, m.canonical, m.canonical_low, m.canonical_high,
         row_number() over (
           partition by m.patient, m.analyte
           order by m.earliest desc, case when m.analyte = 'creatinine' then -m.canonical_high when m.analyte = 'egfr' then m.canonical_low end,
                    m.row
         ) as nth
  from measured m
  where m.analyte in ('creatinine', 'egfr') and m.why_not is null
),
ratio as (
  select n.patient, n.row, n.t, g.years, f.factor, f.alpha, f.beta, f.age_base,
         n.canonical_high / (f.kappa * s.one) as r
  from newest n
  join patients p on p.patient = n.patient
  join egfr_2021 f on f.sex = p.sex
  join age g on g.patient = n.patient
  cross join limits l
  cross join scale s
  where n.analyte = 'creatinine' and n.nth = 1 and g.years >= l.adult_from and n.canonical_high < s.largest
    and n.canonical_high > 0
),
estimates as (
  select r.patient, r.row, r.t,
         cast(floor(s.one * r.factor * power(case when r.r < 1 then r.r when r.r >= 1 then 1 end, r.alpha)
           * power(case when r.r > 1 then r.r when r.r <= 1 then 1 end, r.beta)
           * power(r.age_base, r.years) + s.half) as bigint) as egfr
  from ratio r
  cross join scale s
  union all
  select n.patient, n.row, n.t, n.canonical_low as egfr
  from newest n
  where n.analyte = 'egfr' and n.nth = 1
),
newer as (
  select e.patient, max(e.t) as t
  from estimates e
  group by e.patient
),
ranked as (
  select e.patient, e.row, e.t, e.egfr,
         row_number() over (partition by e.patient order by e.egfr, e.t desc, e.row) as nth
  from estimates e
  join newer n on n.patient = e.patient
  cross join limits l
  where e.t >= n.t - l.companion_window
)
select r.patient, r.row, r.t, r.egfr
from ranked r
where r.nth = 1
