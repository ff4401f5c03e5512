-- What stands beside magnesium: the value and whether it is low, normal or high, and severely so.
-- eGFR and corrected calcium are calculated; total calcium is judged as corrected where albumin is known.
with read_out as (
  select r.patient, r.analyte, r.row, r.t, r.canonical, r.canonical_low, r.canonical_high, 0 as is_calculated
  from companion_result r
  where r.analyte not in ('egfr', 'calcium_corrected')
  union all
  select e.patient, 'egfr' as analyte, e.row, e.t, e.egfr as canonical, e.egfr as canonical_low,
         e.egfr as canonical_high, 1 as is_calculated
  from egfr e
  union all
  select c.patient, 'calcium_corrected' as analyte, c.row, c.t, c.canonical, c.canonical as canonical_low,
         c.canonical as canonical_high, 1 as is_calculated
  from calcium_corrected c
)
select r.patient, r.analyte, r.row, r.t, r.canonical, r.canonical_low, r.canonical_high, r.is_calculated,
       case when r.canonical_high < c.severe_low then 'severely_low'
            when r.canonical_low >= c.severe_high then 'severely_high'
            when r.canonical_high < c.low then 'low'
            when r.canonical_low > c.high then 'high'
            when (c.low is null or r.canonical_low >= c.low) and (c.high is null or r.canonical_high <= c.high)
            then 'normal' end as status
from read_out r
join companion_limits c on c.analyte = r.analyte
