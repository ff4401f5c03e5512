-- How likely each cause is at work at each step, before it is known that magnesium is low, in whole 1/weight_one. It is
-- there: as far as the record tells of it, or by its hidden rate, shifted by what shows its presence. Where it is there it
-- is at work by its rate, shifted by what shows that. Of several drugs or signs of one cause the one that counts most
-- stands for it. Weights and counts are chances given a low magnesium; rates are not.
-- The odds against: (absent / presence + idle) / work, absent = not there against at work, idle = there and not at work
-- against at work.
with named_weight as (
  select t.patient, t.cause, k.step, t.counts,
         case when d.weight is not null then d.weight when d.weight is null then k.weight end as weight,
         case when d.rate is not null then d.rate when d.rate is null then k.rate end as rate,
         case when d.alone is not null then d.alone when d.alone is null then k.alone end as alone
  from cause_told t
  join why_asked a on a.patient = t.patient
  join cause_weights k on k.cause = t.cause
  left join drug_weights d on d.drug = t.named and d.cause = t.cause
    and (d.dose_from is null or t.dose >= d.dose_from) and (d.dose_below is null or t.dose < d.dose_below)
  where t.counts > 0
),
ranked as (
  select n.patient, n.cause, n.step, n.counts, n.weight, n.rate, n.alone,
         row_number() over (partition by n.patient, n.cause, n.step
           order by n.counts * n.weight desc, n.counts desc, n.cause) as nth
  from named_weight n
),
told as (
  select r.patient, r.cause, r.step, r.rate,
         w.as_real * w.base * w.weight_one * r.counts * r.weight
           / ((s.one - w.base) * (s.one * s.one - r.counts * r.weight)) / r.alone as there
  from ranked r
  cross join scale s
  cross join why_scale w
  where r.nth = 1
),
odds as (
  select a.patient, k.cause, k.step, case when t.cause is not null then 1 when t.cause is null then 0 end as is_told,
         case when t.there >= 1 then 0
              when t.there < 1 then (1 - t.there) * w.weight_one / (t.there * t.rate)
              when t.cause is null then (k.rate - k.hidden_rate) * w.as_real * w.weight_one / k.rate / k.hidden_rate end
           as absent,
         case when t.cause is not null then (w.weight_one - t.rate) * w.as_real / t.rate
              when t.cause is null then (w.weight_one - k.rate) * w.as_real / k.rate end as idle,
         case when r.cause is null or r.presence = 0 then 1
              when r.presence <> 0 then exp(-r.presence * w.as_real / w.micro) end as unless_there,
         case when r.cause is null or r.work = 0 then 1
              when r.work <> 0 then exp(-r.work * w.as_real / w.micro) end as unless_working
  from why_asked a
  cross join cause_weights k
  cross join why_scale w
  left join told t on t.patient = a.patient and t.cause = k.cause and t.step = k.step
  left join cause_ratio r on r.patient = a.patient and r.cause = k.cause
)
select o.patient, o.cause, o.step, o.is_told,
       cast(floor(s.half + w.weight_one / (1 + (o.absent * o.unless_there + o.idle) * o.unless_working)) as bigint) as chance
from odds o
cross join scale s
cross join why_scale w
