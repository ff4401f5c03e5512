-- How likely each cause is at work at any of its steps, over the 32 states: causes that the record tells of, and
-- suspects likely enough to be named. The step is the one where it is likeliest at work.
with ranked as (
  select c.patient, c.cause, c.step, c.is_told, c.probability, c.share,
         row_number() over (partition by c.patient, c.cause order by c.probability desc, t.rank, c.cause) as nth
  from cause_step c
  join steps t on t.step = c.step
),
named as (
  select r.patient, r.cause, r.step, r.is_told, r.probability, r.share
  from ranked r
  cross join why_scale w
  where r.nth = 1 and (r.is_told = 1 or r.probability >= w.suspect_from)
),
plainly as (
  select p.patient, p.cause
  from cause_present p
  group by p.patient, p.cause
),
several as (
  select c.patient, c.cause, count(*) as steps
  from cause_step c
  join named n on n.patient = c.patient and n.cause = c.cause
  where c.step <> 'other'
  group by c.patient, c.cause
),
idle as (
  select c.patient, c.cause, v.state, v.weight,
         sum(case when x.fails = 1 then cast(floor(w.micro * ln((s.one - c.given_failing) * w.as_real / s.one)) as bigint)
                  when x.fails = 0 then 0 end) as log_idle
  from several n
  join cause_step c on c.patient = n.patient and c.cause = n.cause
  join step_states x on x.step = c.step
  join state_weight v on v.patient = c.patient and v.state = x.state
  cross join scale s
  cross join why_scale w
  where n.steps > 1
  group by c.patient, c.cause, v.state, v.weight
),
counted as (
  select i.patient, i.cause, sum(i.weight) as weight,
         sum(cast(floor(i.weight * (1 - exp(i.log_idle * w.as_real / w.micro))) as bigint)) as at_work
  from idle i
  cross join why_scale w
  group by i.patient, i.cause
)
select n.patient, n.cause, n.step, n.is_told, n.share,
       case when k.cause is not null then 1 when k.cause is null then 0 end as is_named,
       case when c.cause is null then n.probability
            when c.cause is not null then cast(floor(s.one * w.as_real * c.at_work / c.weight) as bigint) end as probability
from named n
cross join scale s
cross join why_scale w
left join plainly k on k.patient = n.patient and k.cause = n.cause
left join counted c on c.patient = n.patient and c.cause = n.cause
