-- What stands beside magnesium: the value and whether it is low, normal or high, and severely so. The laboratory's own
-- range stands before ours. Corrected calcium is calculated, and the eGFR unless the laboratory reported it.
with read_out as (
  select r.patient, r.analyte, r.row, r.t, r.canonical, r.canonical_low, r.canonical_high, 0 as is_calculated
  from companion_result r
  where r.analyte <> 'egfr'
  union all
  select e.patient, 'egfr' as analyte, e.row, e.t,
         case when m.row is null then e.egfr when m.row is not null then m.canonical end as canonical,
         case when m.row is null then e.egfr when m.row is not null then m.canonical_low end as canonical_low,
         case when m.row is null then e.egfr when m.row is not null then m.canonical_high end as canonical_high,
         case when m.row is null then 1 when m.row is not null then 0 end as is_calculated
  from egfr e
  left join measured m on m.patient = e.patient and m.row = e.row and m.analyte = 'egfr'
  union all
  select c.patient, 'calcium_corrected' as analyte, c.row, c.t, c.canonical, c.canonical_low, c.canonical_high,
         1 as is_calculated
  from calcium_corrected c
),
held as (
  select r.patient, r.analyte, r.row, r.t, r.canonical, r.canonical_low, r.canonical_high, r.is_calculated,
         c.severe_low, c.severe_high, c.standing,
         case when r.is_calculated = 0 and g.low is not null then g.low
              when r.is_calculated = 1 or g.low is null then c.low end as low,
         case when r.is_calculated = 0 and g.high is not null then g.high
              when r.is_calculated = 1 or g.high is null then c.high end as high,
         case when r.is_calculated = 0 and g.row is not null then 'laboratory'
              when r.is_calculated = 1 or g.row is null then 'knowledge' end as range_by
  from read_out r
  join companion_limits c on c.analyte = r.analyte
  left join lab_range g on g.patient = r.patient and g.row = r.row
)
select h.patient, h.analyte, h.row, h.t, h.canonical, h.canonical_low, h.canonical_high, h.is_calculated,
       h.low, h.high, h.range_by,
       case when h.canonical_high < h.severe_low then 'severely_low'
            when h.canonical_low >= h.severe_high then 'severely_high'
            when h.canonical_high < h.low then 'low'
            when h.canonical_low > h.high then 'high'
            when (h.low is null or h.canonical_low >= h.low) and (h.high is null or h.canonical_high <= h.high)
            then 'normal' end as status
from held h
