-- Not rechecked: no further serum magnesium within the time allowed after the lowest value, which is shorter where it
-- was clearly low. Unknown while that time is not over, and where all that came in it, or at no time told, cannot be read.
with timed as (
  select e.patient, e.episode, e.nadir_row as row, e.nadir_t, a.as_of,
         case when e.is_clearly_low = 1 then e.nadir_t + l.recheck_soon_within
              when e.is_clearly_low = 0 or e.is_clearly_low is null then e.nadir_t + l.recheck_within end as by_then
  from low_episode e
  join asked a on a.patient = e.patient
  cross join limits l
),
came as (
  select t.patient, t.episode,
         max(case when m.why_not is null or m.why_not = 'worded' then 1 when w.widens = 1 then 0 end) as is_read
  from timed t
  join magnesium_reading m on m.patient = t.patient and (m.t is null or (m.t > t.nadir_t and m.t <= t.by_then))
  left join why_nots w on w.why_not = m.why_not
  group by t.patient, t.episode
)
select j.patient, 'not_rechecked' as gap, j.episode, j.row,
       case when c.is_read = 1 then 0
            when j.as_of < j.by_then then null
            when c.is_read is null then 1 end as holds,
       case when c.is_read = 1 then null
            when j.as_of < j.by_then then 'too_early'
            when c.is_read = 0 then 'unreadable' end as why_unknown
from timed j
left join came c on c.patient = j.patient and c.episode = j.episode
