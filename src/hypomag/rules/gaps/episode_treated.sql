-- For each episode of low magnesium the first magnesium that ran at its start or came later, until it was over.
with answering as (
  select e.patient, e.episode, c.row, c.is_parenteral,
         case when c.start <= e.start then e.start when c.start > e.start then c.start end as t
  from low_episode e
  join magnesium_course c on c.patient = e.patient and c.latest >= e.start
  where e.resolved_at is null or c.earliest <= e.resolved_at
),
ranked as (
  select a.patient, a.episode, a.row, a.is_parenteral, a.t,
         row_number() over (partition by a.patient, a.episode order by a.t, a.row) as nth
  from answering a
)
select r.patient, r.episode, r.row, r.is_parenteral, r.t
from ranked r
where r.nth = 1
