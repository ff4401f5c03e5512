-- The weight of each of the 32 ways in which the steps can fail together, after the step finding: prior times
-- likelihood, the heaviest state scaled to weight_one.
with prior as (
  select c.patient, x.state, sum(case when x.fails = 1 then c.fail when x.fails = 0 then c.keep end) as log_weight
  from step_chance c
  join step_states x on x.step = c.step
  group by c.patient, x.state
),
likelihood as (
  select f.patient, q.pattern as kidney, q.log_likelihood
  from step_finding f
  join finding_patterns q on q.finding = f.finding and q.value = f.value
),
posterior as (
  select p.patient, p.state,
         case when l.kidney is null then p.log_weight
              when l.kidney is not null then p.log_weight + l.log_likelihood end as log_weight
  from prior p
  join state_kidneys k on k.state = p.state
  left join likelihood l on l.patient = p.patient and l.kidney = k.kidney
),
heaviest as (
  select p.patient, max(p.log_weight) as log_weight
  from posterior p
  group by p.patient
)
select p.patient, p.state,
       cast(floor(w.weight_one * exp((p.log_weight - h.log_weight) * w.as_real / w.micro)) as bigint) as weight
from posterior p
join heaviest h on h.patient = p.patient
cross join why_scale w
