-- Low and untreated: no magnesium by any route within the time allowed. Unknown while that time is not over, and where
-- the record speaks of no medication at all.
with judged as (
  select e.patient, e.episode, e.row, e.start, t.t as treated_at, l.treat_within, a.as_of, m.patient as medicated
  from low_episode e
  join asked a on a.patient = e.patient
  cross join limits l
  left join episode_treated t on t.patient = e.patient and t.episode = e.episode
  left join medicated m on m.patient = e.patient
)
select j.patient, 'untreated' as gap, j.episode, j.row,
       case when j.treated_at <= j.start + j.treat_within then 0
            when j.medicated is null then null
            when j.as_of < j.start + j.treat_within then null
            when j.treated_at is null or j.treated_at > j.start + j.treat_within then 1 end as holds,
       case when j.treated_at <= j.start + j.treat_within then null
            when j.medicated is null then 'no_medications'
            when j.as_of < j.start + j.treat_within then 'too_early' end as why_unknown
from judged j
