-- How likely each cause is at work at each step before the steps are weighed, in whole 1/weight_one. It is there: as far
-- as the record tells of it, or by its hidden chance, shifted by what shows its presence. Where it is there it is at work
-- by its weight, shifted by what shows that. Of several drugs or signs of one cause the one that counts most stands for it.
-- The odds against: (absent / presence + idle) / work, absent = not there against at work, idle = there and not at work
-- against at work.
with named_weight as (
  select t.patient, t.cause, k.step, t.counts,
         case when d.weight is not null then d.weight when d.weight is null then k.weight end as weight
  from cause_told t
  join why_asked a on a.patient = t.patient
  join cause_weights k on k.cause = t.cause
  left join drug_weights d on d.drug = t.named and d.cause = t.cause
    and (d.dose_from is null or t.dose >= d.dose_from) and (d.dose_below is null or t.dose < d.dose_below)
),
ranked as (
  select n.patient, n.cause, n.step, n.counts, n.weight,
         row_number() over (partition by n.patient, n.cause, n.step
           order by n.counts * n.weight desc, n.counts desc, n.cause) as nth
  from named_weight n
),
odds as (
  select a.patient, k.cause, k.step, case when t.cause is not null then 1 when t.cause is null then 0 end as is_told,
         case when t.cause is not null then (s.one - t.counts) * w.as_real * s.one / (t.counts * t.weight)
              when t.cause is null then (k.weight - k.hidden) * w.as_real * s.one / (k.weight * k.hidden) end as absent,
         case when t.cause is not null then (s.one - t.weight) * w.as_real / t.weight
              when t.cause is null then (s.one - k.weight) * w.as_real / k.weight end as idle,
         case when r.cause is not null then r.presence when r.cause is null then 0 end as presence,
         case when r.cause is not null then r.work when r.cause is null then 0 end as work
  from why_asked a
  cross join cause_weights k
  cross join scale s
  cross join why_scale w
  left join ranked t on t.patient = a.patient and t.cause = k.cause and t.step = k.step and t.nth = 1
  left join cause_ratio r on r.patient = a.patient and r.cause = k.cause
)
select o.patient, o.cause, o.step, o.is_told,
       cast(floor(w.weight_one / (1 + (o.absent * exp(-o.presence * w.as_real / w.micro) + o.idle)
         * exp(-o.work * w.as_real / w.micro))) as bigint) as chance
from odds o
cross join why_scale w
