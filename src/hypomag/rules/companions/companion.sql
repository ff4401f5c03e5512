-- What stands beside magnesium: the value and whether it is low, normal or high, and severely so. The laboratory's own
-- range stands before ours. eGFR and corrected calcium are calculated.
with read_out as (
  select r.patient, r.analyte, r.row, r.t, r.canonical, r.canonical_low, r.canonical_high, 0 as is_calculated
  from companion_result r
  where r.analyte <> 'egfr'
  union all
  select e.patient, 'egfr' as analyte, e.row, e.t, e.egfr as canonical, e.egfr as canonical_low,
         e.egfr as canonical_high, 1 as is_calculated
  from egfr e
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
