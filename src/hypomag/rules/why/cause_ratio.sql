-- All that the findings say of each cause: that it is there (presence) and that it is at work (work), in micro-nats.
select f.patient, f.cause,
       sum(case when f.shows = 'presence' then f.log_ratio when f.shows = 'work' then 0 end) as presence,
       sum(case when f.shows = 'work' then f.log_ratio when f.shows = 'presence' then 0 end) as work
from finding_speaks f
group by f.patient, f.cause
