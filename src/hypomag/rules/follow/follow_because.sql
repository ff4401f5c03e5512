-- The trail of the follow-up.
select l.patient, l.recheck as key, l.row as evidence, 1 as for_or_against, l.what as limit_name, l.source
from look_again l
union all
select s.patient, s.stop_rule as key, s.row as evidence, 1 as for_or_against, s.does as limit_name, s.source
from stop_watch s
