-- What each newest result can mean: low, normal or high; more than one where it is an interval.
with held as (
  select c.patient, c.row, m.low as value_low, m.high as value_high, m.said_value, m.why_not, r.low, r.high
  from magnesium_candidate c
  join magnesium_reading m on m.patient = c.patient and m.row = c.row
  join range_in_force r on r.patient = c.patient and r.row = c.row
)
select h.patient, h.row, 'low' as status
from held h
where h.why_not is null and h.value_low < h.low
union all
select h.patient, h.row, 'normal' as status
from held h
where h.why_not is null and h.value_high >= h.low and h.value_low <= h.high
union all
select h.patient, h.row, 'high' as status
from held h
where h.why_not is null and h.value_high > h.high
union all
select h.patient, h.row, h.said_value as status
from held h
where h.why_not = 'worded'
