-- How likely each cause is at work at any of its steps, over the 32 states: causes that the record tells of, and
-- suspects likely enough to be named. The step is the one where it is likeliest at work. is_named: the record shows the
-- cause plainly.
with likely as (
  select c.patient, c.cause
  from cause_step c
  cross join why_scale w
  where c.is_told = 1 or c.probability >= w.suspect_from
  group by c.patient, c.cause
),
ranked as (
  select c.patient, c.cause, c.step, c.is_told, c.probability, c.share, c.given_failing,
         row_number() over (partition by c.patient, c.cause order by c.probability desc, t.rank, c.cause) as nth
  from likely k
  join cause_step c on c.patient = k.patient and c.cause = k.cause
  join steps t on t.step = c.step
),
several as (
  select r.patient, r.cause
  from ranked r
  where r.nth > 1 and r.step <> 'other'
  group by r.patient, r.cause
),
idle as (
  select c.patient, c.cause, v.state, v.weight,
         sum(case when x.fails = 1 then cast(floor(w.micro * ln((s.one - c.given_failing) * w.as_real / s.one)) as bigint)
                  when x.fails = 0 then 0 end) as log_idle
  from several n
  join ranked c on c.patient = n.patient and c.cause = n.cause and c.step <> 'other'
  join state_weight v on v.patient = n.patient
  join step_states x on x.state = v.state and x.step = c.step
  cross join scale s
  cross join why_scale w
  group by c.patient, c.cause, v.state, v.weight
),
counted as (
  select i.patient, i.cause, sum(i.weight) as weight,
         sum(cast(floor(i.weight * (1 - exp(i.log_idle * w.as_real / w.micro))) as bigint)) as at_work
  from idle i
  cross join why_scale w
  group by i.patient, i.cause
),
plainly as (
  select p.patient, p.cause
  from cause_present p
  group by p.patient, p.cause
)
select r.patient, r.cause, r.step, r.is_told, case when k.cause is not null then 1 when k.cause is null then 0 end as is_named,
       r.share,
       case when c.cause is null then r.probability
            when c.cause is not null then cast(floor(s.one * w.as_real * c.at_work / c.weight) as bigint) end as probability
from ranked r
cross join scale s
cross join why_scale w
left join plainly k on k.patient = r.patient and k.cause = r.cause
left join counted c on c.patient = r.patient and c.cause = r.cause
where r.nth = 1
