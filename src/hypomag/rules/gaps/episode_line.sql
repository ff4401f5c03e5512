-- One line an episode of low magnesium: how low, how long, treated when, looked at again when, and its gaps.
with gaps_of as (
  select g.patient, g.episode,
         max(case when g.gap = 'untreated' then g.holds end) as untreated,
         max(case when g.gap = 'undertreated' then g.holds end) as undertreated,
         max(case when g.gap = 'not_rechecked' then g.holds end) as not_rechecked,
         max(case when g.gap = 'cause_running' then g.holds end) as cause_running
  from gap g
  where g.episode is not null
  group by g.patient, g.episode
),
next_reading as (
  select e.patient, e.episode, min(s.t) as t
  from low_episode e
  join magnesium_status s on s.patient = e.patient and s.t > e.nadir_t
  group by e.patient, e.episode
)
select e.patient, e.episode, e.start, e.until, e.resolved_at, e.n, e.nadir, e.nadir_t, e.is_clearly_low,
       e.row as first_row, e.nadir_row,
       t.t as treated_at, t.row as treated_row, t.is_parenteral as treated_by_vein, n.t as rechecked_at,
       g.untreated, g.undertreated, g.not_rechecked, g.cause_running
from low_episode e
left join episode_treated t on t.patient = e.patient and t.episode = e.episode
left join next_reading n on n.patient = e.patient and n.episode = e.episode
left join gaps_of g on g.patient = e.patient and g.episode = e.episode
