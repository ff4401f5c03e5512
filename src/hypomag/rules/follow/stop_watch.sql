-- What is watched while magnesium runs: shown wherever a dose by vein or muscle is offered.
select o.patient, s.stop_rule, s.does, s.place, min(o.row) as row, s.source, s.standing
from option o
cross join stop_rules s
where o.way in ('iv', 'im', 'emergency', 'emergency_low', 'sc')
group by o.patient, s.stop_rule, s.does, s.place, s.source, s.standing
