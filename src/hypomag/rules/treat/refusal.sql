-- Plans that the situation opens and a guard forbids, with the guard.
select e.patient, o.plan, o.scenario, o.way, o.place, e.guard, e.state, e.row, e.source
from plan_effect e
join plan_open o on o.patient = e.patient and o.plan = e.plan
where e.effect = 'forbid'
