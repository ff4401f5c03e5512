-- The trail of the plan: what opens each option, what each guard does to it, and where both stand.
select o.patient, o.plan as key, o.row as evidence, 1 as for_or_against, o.scenario as limit_name, t.source
from option o
join treatments t on t.treatment = o.treatment
union all
select e.patient, e.plan as key, e.row as evidence, 0 as for_or_against, e.guard as limit_name, e.source
from plan_effect e
