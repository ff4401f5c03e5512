-- How likely each cause is at work at each step before the steps are weighed. It is there: as far as the record tells of
-- it, or by its hidden chance, shifted by what shows its presence. It is at work: by its weight, shifted by what shows
-- that. Of several drugs or signs of one cause the one that counts most stands for it.
-- link is -ln(1 - chance) in whole micro-nats: links of one step add up.
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
chances as (
  select a.patient, k.cause, k.step, case when t.cause is not null then 1 when t.cause is null then 0 end as is_told,
         case when t.cause is not null then t.weight when t.cause is null then k.weight end as weight,
         case when t.cause is not null then t.counts * w.as_real / s.one
              when t.cause is null then k.hidden * w.as_real / k.weight end as there,
         case when r.cause is null then 1 when r.cause is not null then exp(r.presence * w.as_real / w.micro) end
           as presence,
         case when r.cause is null then 1 when r.cause is not null then exp(r.work * w.as_real / w.micro) end as work
  from why_asked a
  cross join cause_weights k
  cross join scale s
  cross join why_scale w
  left join ranked t on t.patient = a.patient and t.cause = k.cause and t.step = k.step and t.nth = 1
  left join cause_ratio r on r.patient = a.patient and r.cause = k.cause
),
at_work as (
  select c.patient, c.cause, c.step, c.is_told, c.work,
         c.weight * (c.there * c.presence / (1 - c.there + c.there * c.presence)) / s.one as chance
  from chances c
  cross join scale s
)
select p.patient, p.cause, p.step, p.is_told,
       cast(floor(w.micro * (ln(1 - p.chance + p.chance * p.work) - ln(1 - p.chance))) as bigint) as link
from at_work p
cross join why_scale w
