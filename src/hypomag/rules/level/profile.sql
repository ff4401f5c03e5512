-- The range profile for a patient whose laboratory printed none: by age where the age has its own, otherwise the
-- one asked for by name, otherwise the default. A range known by recall is never used to call a level normal.
with by_age as (
  select a.patient, min(r.profile) as profile
  from age a
  join ranges r on r."by" = 'age' and r.age_from <= a.days and a.days < r.age_below
  group by a.patient
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
select k.patient,
       case when a.profile is not null then a.profile
            when c.profile is not null then c.profile
            when c.profile is null then d.profile end as profile
from asked k
cross join by_default d
cross join by_choice c
left join by_age a on a.patient = k.patient
