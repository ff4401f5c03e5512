-- For each episode of low magnesium the first magnesium that ran at its start or came later, until it was over: the
-- time as it is known (t), and the soonest and latest it can have been where only its day is known.
with answering as (
  select e.patient, e.episode, c.row, c.is_parenteral,
         case when c.start <= e.start then e.start when c.start > e.start then c.start end as t,
         case when c.earliest <= e.start then e.start when c.earliest > e.start then c.earliest end as soonest,
         case when c.start + (c.start - c.earliest) <= e.start then e.start
              when c.start + (c.start - c.earliest) > e.start then c.start + (c.start - c.earliest) end as latest
  from low_episode e
  join magnesium_course c on c.patient = e.patient and c.latest >= e.start
  where e.resolved_at is null or c.earliest <= e.resolved_at
),
ranked as (
  select a.patient, a.episode, a.row, a.is_parenteral, a.t, a.soonest, a.latest,
         row_number() over (partition by a.patient, a.episode order by a.t, a.latest, a.row) as nth
  from answering a
)
select r.patient, r.episode, r.row, r.is_parenteral, r.t, r.soonest, r.latest
from ranked r
where r.nth = 1
