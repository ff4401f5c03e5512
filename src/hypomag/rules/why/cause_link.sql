-- How likely each cause is at work at each step before the steps are weighed: its weight where the record tells of it
-- (the likeliest of its drugs and signs counts), its hidden chance where not, both shifted by the findings.
-- link is -ln(1 - chance) in whole micro-nats: links of one step add up.
with named_weight as (
  select t.patient, t.cause, k.step, t.row,
         cast(floor(t.counts * w.as_real * (case when d.weight is not null then d.weight
                                                 when d.weight is null then k.weight end) / s.one) as bigint) as weight
  from cause_told t
  join why_asked a on a.patient = t.patient
  join cause_weights k on k.cause = t.cause
  left join drug_weights d on d.drug = t.named and d.cause = t.cause
  cross join scale s
  cross join why_scale w
),
told as (
  select n.patient, n.cause, n.step, max(n.weight) as weight
  from named_weight n
  group by n.patient, n.cause, n.step
),
chances as (
  select a.patient, k.cause, k.step, case when t.cause is not null then 1 when t.cause is null then 0 end as is_told,
         case when t.weight > k.hidden then t.weight
              when t.weight is null or t.weight <= k.hidden then k.hidden end as weight,
         case when r.cause is null then 0
              when t.cause is not null then r.log_ratio_told
              when t.cause is null then r.log_ratio end as log_ratio
  from why_asked a
  cross join cause_weights k
  left join told t on t.patient = a.patient and t.cause = k.cause and t.step = k.step
  left join cause_ratio r on r.patient = a.patient and r.cause = k.cause
),
favoured as (
  select c.patient, c.cause, c.step, c.is_told, c.weight, c.log_ratio, s.one,
         c.weight * exp(c.log_ratio * w.as_real / w.micro) as favour
  from chances c
  cross join scale s
  cross join why_scale w
)
select f.patient, f.cause, f.step, f.is_told, f.weight, f.log_ratio,
       cast(floor(w.micro * (ln(f.one - f.weight + f.favour) - ln((f.one - f.weight) * w.as_real))) as bigint) as link
from favoured f
cross join why_scale w
