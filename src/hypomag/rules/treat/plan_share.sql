-- The amount of each plan that may carry a figure: halved where a guard says so, cut to the protocol's own share where it
-- has one for this kidney; the smaller share stands.
with shares as (
  select a.patient, a.plan, o.way, o.treatment, x.is_limited, a.grams_low, a.grams_high, a.mouth_low, a.mouth_high, z.one,
         case when x.is_half = 1 then cast(floor(z.one * z.half) as bigint) when x.is_half = 0 then z.one end as guarded,
         case when r.renal_factor is null or k.egfr is null or k.egfr >= r.renal_egfr_below then z.one
              when k.egfr < r.renal_egfr_below then r.renal_factor end as own
  from plan_amount a
  join plan_open o on o.patient = a.patient and o.plan = a.plan
  join plan_limit x on x.patient = a.patient and x.plan = a.plan and x.is_forbidden = 0 and x.is_withheld = 0
  join regimen r on r.treatment = o.treatment
  cross join scale z
  left join kidney k on k.patient = a.patient
),
smaller as (
  select s.patient, s.plan, s.way, s.treatment, s.is_limited, s.grams_low, s.grams_high, s.mouth_low, s.mouth_high, s.one,
         case when s.own < s.guarded then s.own when s.own >= s.guarded then s.guarded end as share,
         case when s.own < s.guarded then 1 when s.own >= s.guarded then 0 end as is_own_share
  from shares s
)
select m.patient, m.plan, m.way, m.treatment, m.is_limited, m.is_own_share,
       cast(floor(m.grams_low * m.share / m.one) as bigint) as grams_low,
       cast(floor(m.grams_high * m.share / m.one) as bigint) as grams_high,
       cast(floor(m.mouth_low * m.share / m.one) as bigint) as mouth_low,
       cast(floor(m.mouth_high * m.share / m.one) as bigint) as mouth_high
from smaller m
