-- What other named ranges would make of the deciding result.
with held as (
  select d.patient, r.profile, d.low as value_low, d.high as value_high, r.low, r.high
  from deciding d
  join range_limit r on r.family = d.family and r.profile <> d.profile
  where d.why_not is null
)
select h.patient, h.profile,
       case when h.value_high < h.low then 'low'
            when h.value_low > h.high then 'high'
            when h.value_low >= h.low and h.value_high <= h.high then 'normal'
            when h.value_low is not null then 'cannot_tell' end as status
from held h
