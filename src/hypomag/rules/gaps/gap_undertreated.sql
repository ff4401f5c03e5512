-- Under-treated against the deficit: clearly low magnesium, and what was given until it was over, or within the course
-- the source names, is less than the least published deficit for the weight. Unknown without a weight, or where the
-- amount of any magnesium given is not known.
with given_in as (
  select e.patient, e.episode,
         cast(sum(case when d.row is null then 1 when d.row is not null then 0 end) as bigint) as n_unknown,
         cast(sum(d.mmol) as bigint) as mmol
  from low_episode e
  cross join limits l
  join magnesium_course c on c.patient = e.patient and c.latest >= e.start and c.earliest <= e.start + l.course_lasts
  left join dose_amount d on d.patient = c.patient and d.row = c.row and d.mmol is not null
  where e.resolved_at is null or c.earliest <= e.resolved_at
  group by e.patient, e.episode
),
judged as (
  select e.patient, e.episode, e.row, e.start, g.n_unknown, g.mmol, w.kilograms as weight, a.as_of, l.course_lasts,
         floor(w.kilograms * r.mmol_per_kg_low / s.one) as deficit
  from low_episode e
  join asked a on a.patient = e.patient
  cross join limits l
  cross join scale s
  join responses r on r.response = 'deficit'
  join given_in g on g.patient = e.patient and g.episode = e.episode
  left join weight w on w.patient = e.patient
  where e.is_clearly_low = 1
)
select j.patient, 'undertreated' as gap, j.episode, j.row,
       case when j.n_unknown = 0 and j.mmol >= j.deficit then 0
            when j.as_of < j.start + j.course_lasts then null
            when j.n_unknown = 0 and j.mmol < j.deficit then 1 end as holds,
       case when j.weight is null then 'weight_unknown'
            when j.n_unknown > 0 then 'dose_unknown'
            when j.mmol < j.deficit and j.as_of < j.start + j.course_lasts then 'too_early' end as why_unknown
from judged j
