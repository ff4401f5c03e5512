-- The reasons that hold, each with the tier it asks for.
select c.patient, c.criterion as key, c.row as evidence, 1 as for_or_against, c.kind as limit_name, c.source
from urgency_criterion c
where c.holds = 1
