-- When to look again, at what, and why: after each way of giving that is offered, sooner where the kidney is reduced,
-- by state and action, and in the long run by disease. hours_to is the latest.
with slow as (
  select g.patient
  from guard g
  where g.guard in ('kidney_below_30', 'kidney_injury', 'little_urine', 'dialysis', 'creatinine_recent')
    and g.state <> 'clear' and (g.guard <> 'little_urine' or g.state = 'blocks') and (g.guard <> 'dialysis' or g.state = 'blocks')
  group by g.patient
),
ways as (
  select o.patient, o.way, min(o.row) as row
  from option o
  group by o.patient, o.way
),
opened as (
  select w.patient, r.recheck, w.row
  from ways w
  join rechecks r on r.opens = 'way' and r.concept = w.way
  left join slow k on k.patient = w.patient
  left join rechecks n on n.opens = 'way_kidney' and n.concept = r.concept and n.what = r.what
  where k.patient is null or n.recheck is null
  union all
  select w.patient, r.recheck, w.row
  from ways w
  join slow k on k.patient = w.patient
  join rechecks r on r.opens = 'way_kidney' and r.concept = w.way
  union all
  select s.patient, r.recheck, s.row
  from scenario s
  join rechecks r on r.opens = 'scenario' and r.concept = s.scenario
  union all
  select a.patient, r.recheck, a.row
  from action a
  join rechecks r on r.opens = 'action' and r.concept = a.action
  union all
  select f.patient, r.recheck, min(f.row) as row
  from fact_now f
  join level v on v.patient = f.patient and v.is_low = 1
  join rechecks r on r.opens = 'fact' and r.concept = f.concept
  group by f.patient, r.recheck
  union all
  select f.patient, r.recheck, min(f.row) as row
  from fact_now f
  join level v on v.patient = f.patient and v.is_low = 1
  join rechecks r on r.opens = 'unclear' and r.concept = f.concept and f.fact = 'unclear'
  group by f.patient, r.recheck
)
select o.patient, r.recheck, r.what, r.hours_from, r.hours_to, r.then_every_hours as every, null as text, o.row, r.source,
       r.standing
from opened o
join rechecks r on r.recheck = o.recheck
union all
select f.patient, u.concept as recheck, u.what, null as hours_from, u.every_days as hours_to, u.every_days as every, u.text,
       min(f.row) as row, u.source, u.standing
from fact_now f
join follow_up u on u.concept = f.concept
where f.fact in ('cause', 'present')
group by f.patient, u.concept, u.what, u.every_days, u.text, u.source, u.standing
