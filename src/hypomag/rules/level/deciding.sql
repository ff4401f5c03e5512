-- The result that decides: of the newest results the lowest one.
with ranked as (
  select c.patient, c.row,
         row_number() over (
           partition by c.patient
           order by case when m.why_not is null then 0 when m.why_not is not null then 1 end,
                    m.canonical_low, c.row
         ) as nth
  from magnesium_candidate c
  join magnesium_reading m on m.patient = c.patient and m.row = c.row
)
select r.patient, r.row, m.t, m.unit, m.family, m.value, m.low, m.high, m.canonical, m.canonical_low,
       m.canonical_high, m.comparator, m.remark, m.why_not, f.low as range_low, f.high as range_high, f.profile
from ranked r
join magnesium_reading m on m.patient = r.patient and m.row = r.row
join range_in_force f on f.patient = r.patient and f.row = r.row
where r.nth = 1
