-- The weight of each of the 32 ways in which the five steps can fail together, given that magnesium is low and after the
-- step finding: prior times likelihood, the heaviest state scaled to weight_one. Magnesium is low where a step fails;
-- where none does it is low only by other.
with prior as (
  select c.patient, x.state, sum(case when x.fails = 1 then c.fail when x.fails = 0 then c.keep end) as log_weight
  from step_chance c
  join step_states x on x.step = c.step
  group by c.patient, x.state
),
low as (
  select p.patient, p.state, case when p.state = 0 then p.log_weight + o.fail when p.state > 0 then p.log_weight end
           as log_weight
  from prior p
  join step_chance o on o.patient = p.patient and o.step = 'other'
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
  from low p
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
