-- Serum total magnesium as reported, each with the range its laboratory printed beside it, in the family of its unit.
-- A printed range that fits another unit than the one it carries makes the unit itself doubtful; one that cannot be a
-- range, or whose unit is not known, is refused.
with printed as (
  select m.patient, m.row, m.t, m.earliest, m.latest, m.unit, m.family, m.value, m.low, m.high, m.canonical, m.canonical_low,
         m.canonical_high, m.comparator, m.remark, m.said_value, m.why_not, m.ref_low, m.ref_high,
         case when m.ref_unit = '' then m.unit when m.ref_unit <> '' then r.unit end as ref_unit
  from measured m
  left join unit_words r on r.written = m.ref_unit
  where m.analyte = 'magnesium'
),
converted as (
  select p.patient, p.row, p.t, p.earliest, p.latest, p.unit, p.family, p.value, p.low, p.high, p.canonical, p.canonical_low,
         p.canonical_high, p.comparator, p.remark, p.said_value, p.why_not, p.ref_unit, p.ref_low,
         case when p.ref_low < b.lowest_low or p.ref_low > b.highest_low then 1 end as is_out_of_bounds,
         cast(floor(p.ref_low * f.to_canonical / v.to_canonical * v.to_family + s.half) as bigint) as range_low,
         cast(floor(p.ref_high * f.to_canonical / v.to_canonical * v.to_family + s.half) as bigint) as range_high,
         case when p.ref_low is null and p.ref_high is null then 1
              when f.unit is null or p.ref_high <= p.ref_low then 0
              when p.ref_low is null then 1
              when p.ref_low >= b.lowest_low and p.ref_low <= b.highest_low then 1
              when b.unit is not null then 0 end as is_range_fitting
  from printed p
  cross join scale s
  left join units f on f.analyte = 'magnesium' and f.unit = p.ref_unit
  left join units v on v.analyte = 'magnesium' and v.unit = p.unit
  left join range_bounds b on b.unit = p.ref_unit
),
other_fit as (
  select c.patient, c.row, min(b.unit) as likely_unit
  from converted c
  join range_bounds b on c.ref_low >= b.lowest_low and c.ref_low <= b.highest_low
  where c.is_out_of_bounds = 1
  group by c.patient, c.row
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
