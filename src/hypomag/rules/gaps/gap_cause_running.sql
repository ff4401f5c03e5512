-- Cause left running: a drug that lowers magnesium was still taken some days after magnesium was found low.
with running as (
  select c.patient, c.episode, min(c.row) as row
  from cause_running c
  group by c.patient, c.episode
),
judged as (
  select e.patient, e.episode, r.row, m.patient as medicated, a.as_of, e.start + l.stop_within as stop_by
  from low_episode e
  join asked a on a.patient = e.patient
  cross join limits l
  left join running r on r.patient = e.patient and r.episode = e.episode
  left join medicated m on m.patient = e.patient
)
select j.patient, 'cause_running' as gap, j.episode, j.row,
       case when j.row is not null then 1
            when j.medicated is null then null
            when j.as_of < j.stop_by then null
            when j.row is null then 0 end as holds,
       case when j.row is not null then null
            when j.medicated is null then 'no_medications'
            when j.as_of < j.stop_by then 'too_early' end as why_unknown
from judged j
