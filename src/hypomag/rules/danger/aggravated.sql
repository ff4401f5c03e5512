-- What makes a clearly low magnesium a matter of the same day: a symptom, a drug it makes dangerous, ischaemia,
-- low potassium or calcium. 1, 0, or unknown where the test was not done.
with symptoms_now as (
  select g.patient, min(g.row) as row
  from sign g
  join symptoms y on y.symptom = g.concept and y.urgency <> 'routine'
  group by g.patient
),
drugs_now as (
  select d.patient, min(d.row) as row
  from guarded_drug d
  group by d.patient
),
ischaemia_now as (
  select p.patient, min(p.row) as row
  from present p
  where p.concept = 'myocardial_ischaemia'
  group by p.patient
),
under as (
  select c.patient, c.row, c.analyte,
         case when c.analyte = 'potassium' and c.canonical_high < l.urgent_potassium then 1
              when c.analyte in ('calcium', 'calcium_corrected') and c.canonical_high < l.urgent_calcium then 1
              when c.analyte = 'calcium_ionised' and c.canonical_high < l.urgent_calcium_ionised then 1
              when c.analyte = 'potassium' and c.canonical_low >= l.urgent_potassium then 0
              when c.analyte in ('calcium', 'calcium_corrected') and c.canonical_low >= l.urgent_calcium then 0
              when c.analyte = 'calcium_ionised' and c.canonical_low >= l.urgent_calcium_ionised then 0 end as holds
  from companion c
  cross join limits l
),
potassium_now as (
  select u.patient, max(u.holds) as holds, max(u.row) as row
  from under u
  where u.analyte = 'potassium'
  group by u.patient
),
calcium_now as (
  select u.patient, max(u.holds) as holds, max(u.row) as row
  from under u
  where u.analyte in ('calcium', 'calcium_corrected', 'calcium_ionised')
  group by u.patient
)
select a.patient, 'symptom' as what, case when s.row is null then 0 when s.row is not null then 1 end as holds, s.row
from asked a
left join symptoms_now s on s.patient = a.patient
union all
select a.patient, 'drug' as what, case when d.row is null then 0 when d.row is not null then 1 end as holds, d.row
from asked a
left join drugs_now d on d.patient = a.patient
union all
select a.patient, 'ischaemia' as what, case when i.row is null then 0 when i.row is not null then 1 end as holds, i.row
from asked a
left join ischaemia_now i on i.patient = a.patient
union all
select a.patient, 'potassium' as what, k.holds, k.row
from asked a
left join potassium_now k on k.patient = a.patient
union all
select a.patient, 'calcium' as what, c.holds, c.row
from asked a
left join calcium_now c on c.patient = a.patient
