-- Serum total magnesium as reported, each with the range its laboratory printed beside it, in the family of its unit.
-- A printed range that fits another unit than the one it carries makes the unit itself doubtful; one that cannot be a
-- range, or whose unit is not known, is refused.
with converted as (
  select m.patient, m.row, m.t, m.earliest, m.latest, m.unit, m.family, m.value, m.low, m.high, m.canonical, m.canonical_low,
         m.canonical_high, m.comparator, m.remark, m.said_value, m.why_not,
         cast(floor(m.ref_low * f.to_canonical / v.to_canonical * v.to_family + s.half) as bigint) as range_low,
         cast(floor(m.ref_high * f.to_canonical / v.to_canonical * v.to_family + s.half) as bigint) as range_high,
         case when m.ref_low is null and m.ref_high is null then 1
              when f.unit is null or m.ref_high <= m.ref_low then 0
              when m.ref_low is null then 1
              when m.ref_low >= b.lowest_low and m.ref_low <= b.highest_low then 1
              when b.unit is not null then 0 end as is_range_fitting
  from measured m
  cross join scale s
  left join units f on f.analyte = 'magnesium' and f.unit = m.ref_unit
  left join units v on v.analyte = 'magnesium' and v.unit = m.unit
  left join range_bounds b on b.unit = m.ref_unit
  where m.analyte = 'magnesium'
),
other_fit as (
  select m.patient, m.row, min(b.unit) as likely_unit
  from measured m
  join range_bounds w on w.unit = m.ref_unit and (m.ref_low < w.lowest_low or m.ref_low > w.highest_low)
  join range_bounds b on m.ref_low >= b.lowest_low and m.ref_low <= b.highest_low
  where m.analyte = 'magnesium'
  group by m.patient, m.row
)
select c.patient, c.row, c.t, c.earliest, c.latest, c.unit, c.family, c.value, c.low, c.high, c.canonical, c.canonical_low,
       c.canonical_high, c.comparator, c.remark, c.said_value,
       case when c.is_range_fitting = 1 then c.range_low end as range_low,
       case when c.is_range_fitting = 1 then c.range_high end as range_high,
       case when c.is_range_fitting = 0 then 1 when c.is_range_fitting = 1 then 0 end as is_range_refused,
       case when c.why_not is not null then c.why_not
            when o.likely_unit is not null then 'unit_against_range' end as why_not,
       o.likely_unit
from converted c
left join other_fit o on o.patient = c.patient and o.row = c.row
