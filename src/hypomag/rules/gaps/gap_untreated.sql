-- Low and untreated: no magnesium by any route within the time allowed. Unknown while that time is not over, where only
-- the day of the first dose is known and leaves it open, and where the record speaks of no medication at all.
with judged as (
  select e.patient, e.episode, e.row, e.start + l.treat_within as by_then, t.row as dose, t.soonest, t.latest, a.as_of,
         m.patient as medicated
  from low_episode e
  join asked a on a.patient = e.patient
  cross join limits l
  left join episode_treated t on t.patient = e.patient and t.episode = e.episode
  left join medicated m on m.patient = e.patient
)
select j.patient, 'untreated' as gap, j.episode, j.row,
       case when j.latest <= j.by_then then 0
            when j.soonest <= j.by_then then null
            when j.medicated is null or j.as_of < j.by_then then null
            when j.dose is null or j.soonest > j.by_then then 1 end as holds,
       case when j.latest <= j.by_then then null
            when j.soonest <= j.by_then then 'day_only'
            when j.medicated is null then 'no_medications'
            when j.as_of < j.by_then then 'too_early' end as why_unknown
from judged j
