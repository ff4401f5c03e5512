-- Why magnesium should be measured where it never was: each risk group the patient belongs to, with how often it is low there.
with grounds as (
  select p.patient, r.risk, p.row
  from present p
  join risks r on r.concept = p.concept
  union all
  select c.patient, r.risk, c.row
  from cause_present c
  join risks r on r.concept = c.cause
  union all
  select c.patient, 'hypok' as risk, c.row
  from companion c
  where c.analyte = 'potassium' and c.status in ('low', 'severely_low')
  union all
  select c.patient, 'hypoca' as risk, c.row
  from companion c
  where c.analyte in ('calcium_corrected', 'calcium_ionised') and c.status in ('low', 'severely_low')
  union all
  select g.patient, 'qt_arrhythmia' as risk, g.row
  from guarded g
),
once as (
  select g.patient, g.risk, min(g.row) as row
  from grounds g
  join level l on l.patient = g.patient and l.status = 'not_measured'
  group by g.patient, g.risk
)
select o.patient, o.risk, o.row, r.prevalence_low, r.prevalence_high, r.source, r.standing,
       row_number() over (
         partition by o.patient
         order by case when r.prevalence_low is null then 1 when r.prevalence_low is not null then 0 end,
                  r.prevalence_low desc, o.row
       ) as nth
from once o
join risks r on r.risk = o.risk
