-- The range profile for each result whose laboratory printed none: by the age at which it was drawn where that age has
-- its own, otherwise the one asked for by name, otherwise the default. A range known by recall is never used to call a
-- level normal.
with aged as (
  select m.patient, m.row,
         case when m.t is not null then cast(floor((m.t - p.birth) / s.day) as bigint)
              when m.t is null then cast(floor((a.as_of - p.birth) / s.day) as bigint) end as days
  from magnesium_reading m
  join asked a on a.patient = m.patient
  cross join scale s
  left join patients p on p.patient = m.patient
),
by_age as (
  select g.patient, g.row, min(r.profile) as profile
  from aged g
  join ranges r on r."by" = 'age' and r.age_from <= g.days and g.days < r.age_below
  group by g.patient, g.row
),
by_default as (
  select min(r.profile) as profile
  from ranges r
  where r."by" = 'default'
),
by_choice as (
  select min(r.profile) as profile
  from choice c
  join ranges r on r.profile = c.profile and r."by" = 'choice' and r.standing <> 'recall'
)
select g.patient, g.row,
       case when a.profile is not null then a.profile
            when c.profile is not null then c.profile
            when c.profile is null then d.profile end as profile
from aged g
cross join by_default d
cross join by_choice c
left join by_age a on a.patient = g.patient and a.row = g.row
