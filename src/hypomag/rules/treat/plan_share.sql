-- The amount of each plan that may carry a figure, halved where a guard says so.
select a.patient, a.plan, o.way, o.treatment, x.is_limited,
       case when x.is_half = 1 then cast(floor(a.grams_low * s.half) as bigint) when x.is_half = 0 then a.grams_low end as grams_low,
       case when x.is_half = 1 then cast(floor(a.grams_high * s.half) as bigint) when x.is_half = 0 then a.grams_high end as grams_high,
       case when x.is_half = 1 then cast(floor(a.mouth_low * s.half) as bigint) when x.is_half = 0 then a.mouth_low end as mouth_low,
       case when x.is_half = 1 then cast(floor(a.mouth_high * s.half) as bigint) when x.is_half = 0 then a.mouth_high end as mouth_high
from plan_amount a
join plan_open o on o.patient = a.patient and o.plan = a.plan
join plan_limit x on x.patient = a.patient and x.plan = a.plan and x.is_forbidden = 0 and x.is_withheld = 0
cross join scale s
