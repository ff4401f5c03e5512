-- What is known of each patient that speaks for or against a step or a cause: one value a finding. A range the
-- laboratory printed stands before ours; an interval that spans two values says nothing; the result of a test stands
-- before a word, a word that the record tells before one it denies (who has diarrhoea and denies vomiting has gut losses).
-- No row: not known, and nothing follows from it.
with by_number as (
  select r.patient, r.finding, r.row,
         case when d.laboratory = 0 or g.row is null then f.value
              when r.canonical_high < g.low then 'low'
              when r.canonical_low > g.high then 'high'
              when (g.low is null or r.canonical_low >= g.low) and (g.high is null or r.canonical_high <= g.high)
              then 'normal' end as value
  from finding_result r
  join findings d on d.finding = r.finding
  left join finding_bands f on f.analyte = r.analyte
    and (f.from_value is null or r.canonical_low >= f.from_value)
    and (f.below_value is null or r.canonical_high < f.below_value)
  left join lab_range g on g.patient = r.patient and g.row = r.row
  where r.why_not is null
),
by_word as (
  select r.patient, r.finding, r.row,
         case when w.value is not null then w.value when w.value is null then r.said_value end as value
  from finding_result r
  left join finding_words w on w.finding = r.finding and w.said = r.said_value
  where r.why_not = 'worded'
),
by_age as (
  select g.patient, 'age' as finding, p.row, b.value
  from age g
  join why_asked a on a.patient = g.patient
  join patients p on p.patient = g.patient
  join age_bands b on b.from_days <= g.days and (b.below_days is null or g.days < b.below_days)
),
by_severity as (
  select d.patient, 'severity' as finding, d.row, b.value
  from deciding d
  join why_asked a on a.patient = d.patient
  join severity_bands b on (b.from_value is null or d.canonical_low >= b.from_value)
    and (b.below_value is null or d.canonical_high < b.below_value)
  where d.why_not is null
),
by_speed as (
  select d.patient, 'speed' as finding, max(m.row) as row, 'fast' as value
  from deciding d
  join why_asked a on a.patient = d.patient
  cross join why_scale w
  join magnesium_reading m on m.patient = d.patient and m.why_not is null and m.t < d.t and m.t >= d.t - w.soon
    and m.unit = d.unit and m.low >= d.range_low
  group by d.patient
  union all
  select d.patient, 'speed' as finding, max(m.row) as row, 'slow' as value
  from deciding d
  join why_asked a on a.patient = d.patient
  cross join why_scale w
  join magnesium_reading m on m.patient = d.patient and m.why_not is null and m.t <= d.t - w.far
    and m.unit = d.unit and m.high < d.range_low
  group by d.patient
),
by_concept as (
  select m.patient, c.finding, min(m.row) as row, c.value
  from present m
  join why_asked a on a.patient = m.patient
  join finding_concepts c on c.concept = m.concept
  group by m.patient, c.finding, c.value
),
denied as (
  select m.patient, c.finding, min(m.row) as row
  from mention m
  join why_asked a on a.patient = m.patient
  join finding_concepts c on c.concept = m.concept and c.value in ('yes', 'told')
  where m.is_denied = 1
  group by m.patient, c.finding
),
gathered as (
  select n.patient, n.finding, n.row, n.value, '1 measured' as how
  from by_number n
  union all
  select n.patient, n.finding, n.row, n.value, '2 worded' as how
  from by_word n
  union all
  select n.patient, n.finding, n.row, n.value, '1 measured' as how
  from by_age n
  union all
  select n.patient, n.finding, n.row, n.value, '1 measured' as how
  from by_severity n
  union all
  select n.patient, n.finding, n.row, n.value, '1 measured' as how
  from by_speed n
  union all
  select n.patient, n.finding, n.row, n.value, '3 told' as how
  from by_concept n
  union all
  select n.patient, n.finding, n.row, 'no' as value, '4 denied' as how
  from denied n
),
ranked as (
  select g.patient, g.finding, g.row, g.value,
         row_number() over (partition by g.patient, g.finding order by g.how, g.value, g.row) as nth
  from gathered g
  where g.value is not null
)
select r.patient, r.finding, r.value, r.row
from ranked r
where r.nth = 1 and r.value <> 'told'
