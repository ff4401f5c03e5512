-- The trail of the plan: what opens each option, what each guard does to it, and where both stand.
select o.patient, o.plan as key, o.row as evidence, 1 as for_or_against, o.scenario as limit_name, o.source
from option o
union all
select e.patient, e.plan as key, e.row as evidence, 0 as for_or_against, e.guard as limit_name, e.source
from plan_effect e
union all
select a.patient, a.action as key, a.row as evidence, 1 as for_or_against, a.kind as limit_name, a.source
from action a
union all
select s.patient, s.interaction as key, s.row as evidence, 1 as for_or_against, s.severity as limit_name, s.source
from separation s
union all
select d.patient, 'deficit' as key, d.row as evidence, 1 as for_or_against, 'deficit' as limit_name, d.source
from deficit d
