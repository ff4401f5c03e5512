-- The effects on a plan in one row: is it forbidden, without a figure, halved, limited, without a repeat, with care?
select o.patient, o.plan,
       max(case when e.effect = 'forbid' then 1 when e.effect <> 'forbid' or e.effect is null then 0 end) as is_forbidden,
       max(case when e.effect = 'withhold' then 1 when e.effect <> 'withhold' or e.effect is null then 0 end) as is_withheld,
       max(case when e.effect = 'half' then 1 when e.effect <> 'half' or e.effect is null then 0 end) as is_half,
       max(case when e.effect = 'limit' then 1 when e.effect <> 'limit' or e.effect is null then 0 end) as is_limited,
       max(case when e.effect = 'once' then 1 when e.effect <> 'once' or e.effect is null then 0 end) as is_once
from plan_open o
left join plan_effect e on e.patient = o.patient and e.plan = o.plan
group by o.patient, o.plan
