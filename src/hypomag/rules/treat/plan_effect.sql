-- What each guard does to each open plan.
select o.patient, o.plan, e.guard, e.effect, g.state, g.row, e.source
from plan_open o
join guard_effects e on e.way = o.way
join guard g on g.patient = o.patient and g.guard = e.guard and g.acts_as = e.state
