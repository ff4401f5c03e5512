-- The test result that shows each finding: of the tests that can show it the first by rank, of its results the nearest
-- to the low magnesium. What kidneys do with magnesium is not read with eGFR under 30, nor while or soon after magnesium
-- was given by vein or muscle.
with done as (
  select m.patient, f.finding, f.rank, m.analyte, m.row, m.t, m.canonical, m.canonical_low, m.canonical_high,
         m.said_value, m.why_not, a.t as asked_t
  from why_asked a
  join measured m on m.patient = a.patient and (m.why_not is null or m.why_not = 'worded')
  join finding_tests f on f.analyte = m.analyte
  where m.t >= a.t - f.window and m.t <= a.t + f.window
  union all
  select c.patient, f.finding, f.rank, f.analyte, c.row, c.t, c.canonical, c.canonical_low,
         c.canonical_high, null as said_value, null as why_not, a.t as asked_t
  from why_asked a
  join calcium_corrected c on c.patient = a.patient
  join finding_tests f on f.analyte = 'calcium_corrected'
  where c.t >= a.t - f.window and c.t <= a.t + f.window
  union all
  select e.patient, 'femg' as finding, 0 as rank, 'fractional_excretion_magnesium' as analyte, e.row, e.t,
         e.low as canonical, e.low as canonical_low, e.high as canonical_high, null as said_value, null as why_not,
         e.t as asked_t
  from fractional_excretion e
),
hidden as (
  select d.patient, d.row
  from done d
  join findings f on f.finding = d.finding and f.layer = 'step'
  join kidney_unread k on k.patient = d.patient and k.from_t <= d.t and d.t <= k.until_t
  group by d.patient, d.row
),
ranked as (
  select d.patient, d.finding, d.analyte, d.row, d.t, d.canonical_low, d.canonical_high, d.said_value, d.why_not,
         row_number() over (partition by d.patient, d.finding
           order by d.rank, case when d.t >= d.asked_t then d.t - d.asked_t when d.t < d.asked_t then d.asked_t - d.t end,
                    d.t desc, d.row) as nth
  from done d
  left join hidden h on h.patient = d.patient and h.row = d.row
  where h.row is null
)
select r.patient, r.finding, r.analyte, r.row, r.t, r.canonical_low, r.canonical_high, r.said_value, r.why_not
from ranked r
where r.nth = 1
