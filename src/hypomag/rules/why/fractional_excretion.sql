-- Fractional excretion of magnesium in percent: 100 x urine magnesium x serum creatinine / (0.7 x serum magnesium x urine
-- creatinine), each nearest to the urine sample; a value the laboratory itself reports stands before ours.
-- Not with eGFR under 30, nor while or soon after magnesium was given by vein or muscle.
with urine as (
  select m.patient, m.row, m.t, m.canonical_low, m.canonical_high,
         row_number() over (partition by m.patient order by m.t desc, m.row) as nth
  from measured m
  join why_asked a on a.patient = m.patient
  cross join why_scale w
  where m.analyte = 'magnesium_urine' and m.why_not is null and m.t >= a.t - w.soon and m.t <= a.t + w.soon
),
beside as (
  select u.patient, u.row as urine, m.analyte, m.row, m.canonical_low, m.canonical_high,
         row_number() over (partition by u.patient, m.analyte
           order by case when m.t >= u.t then m.t - u.t when m.t < u.t then u.t - m.t end, m.row) as nth
  from urine u
  join measured m on m.patient = u.patient and m.why_not is null
    and m.analyte in ('magnesium', 'creatinine', 'creatinine_urine')
  cross join limits l
  where u.nth = 1 and m.t >= u.t - l.companion_window and m.t <= u.t + l.companion_window
),
nearest as (
  select b.urine, b.analyte, b.canonical_low, b.canonical_high
  from beside b
  where b.nth = 1
),
own as (
  select u.patient, u.row, u.t,
         w.as_real * s.one * 100 * u.canonical_low * c.canonical_low
           / (w.filterable * g.canonical_high * k.canonical_high) as low,
         w.as_real * s.one * 100 * u.canonical_high * c.canonical_high
           / (w.filterable * g.canonical_low * k.canonical_low) as high
  from urine u
  join nearest g on g.urine = u.row and g.analyte = 'magnesium' and g.canonical_low > 0
  join nearest c on c.urine = u.row and c.analyte = 'creatinine'
  join nearest k on k.urine = u.row and k.analyte = 'creatinine_urine' and k.canonical_low > 0
  cross join scale s
  cross join why_scale w
  where u.nth = 1
),
found as (
  select o.patient, o.row, o.t,
         case when o.low >= s.largest then s.largest
              when o.low < s.largest then cast(floor(o.low) as bigint) end as low,
         case when o.high >= s.largest then s.largest
              when o.high < s.largest then cast(floor(o.high) as bigint) end as high,
         0 as is_reported
  from own o
  cross join scale s
  union all
  select m.patient, m.row, m.t, m.canonical_low as low, m.canonical_high as high, 1 as is_reported
  from measured m
  join why_asked a on a.patient = m.patient
  cross join why_scale w
  where m.analyte = 'fractional_excretion_magnesium' and m.why_not is null
    and m.t >= a.t - w.soon and m.t <= a.t + w.soon
),
ranked as (
  select o.patient, o.row, o.t, o.low, o.high,
         row_number() over (partition by o.patient order by o.is_reported desc, o.t desc, o.row) as nth
  from found o
)
select r.patient, r.row, r.t, r.low, r.high
from ranked r
where r.nth = 1
