-- Not rechecked: no further serum magnesium within the time allowed after the lowest value, which is shorter where it
-- was clearly low. Unknown while that time is not over.
with next_reading as (
  select e.patient, e.episode, min(s.t) as t
  from low_episode e
  join magnesium_status s on s.patient = e.patient and s.t > e.nadir_t
  group by e.patient, e.episode
),
judged as (
  select e.patient, e.episode, e.nadir_row as row, e.nadir_t, n.t as rechecked_at, a.as_of,
         case when e.is_clearly_low = 1 then l.recheck_soon_within
              when e.is_clearly_low = 0 or e.is_clearly_low is null then l.recheck_within end as within
  from low_episode e
  join asked a on a.patient = e.patient
  cross join limits l
  left join next_reading n on n.patient = e.patient and n.episode = e.episode
)
select j.patient, 'not_rechecked' as gap, j.episode, j.row,
       case when j.rechecked_at <= j.nadir_t + j.within then 0
            when j.as_of < j.nadir_t + j.within then null
            when j.rechecked_at is null or j.rechecked_at > j.nadir_t + j.within then 1 end as holds,
       case when j.rechecked_at <= j.nadir_t + j.within then null
            when j.as_of < j.nadir_t + j.within then 'too_early' end as why_unknown
from judged j
