-- In which situations the patient is: by the level alone, and by a recorded fact together with it.
with bands as (
  select v.patient, v.is_low, v.row, v.status, c.holds as is_clearly_low, y.holds as is_very_low
  from level v
  join magnesium_band c on c.patient = v.patient and c.level = 'clearly_low'
  join magnesium_band y on y.patient = v.patient and y.level = 'very_low'
),
symptoms_now as (
  select g.patient, min(g.row) as row
  from sign g
  join symptoms y on y.symptom = g.concept and y.urgency <> 'routine'
  group by g.patient
),
facts_now as (
  select s.patient, 'sign' as fact, s.concept, s.row
  from sign s
  union all
  select p.patient, 'present' as fact, p.concept, p.row
  from present p
  union all
  select c.patient, 'cause' as fact, c.cause as concept, c.row
  from cause_present c
  union all
  select d.patient, 'drug' as fact, d.drug as concept, d.row
  from drug_taken d
  where d.is_taken = 1
),
opened as (
  select f.patient, o.scenario, f.row
  from facts_now f
  join scenarios o on o.fact = f.fact and o.concept = f.concept
  join bands b on b.patient = f.patient
  where o.level = 'any'
     or (o.level = 'low' and b.is_low = 1)
     or (o.level = 'very_low' and b.is_low = 1 and b.is_very_low = 1)
     or (o.level = 'clearly_low_or_unknown' and (b.is_low is null or (b.is_low = 1 and (b.is_clearly_low = 1 or b.is_clearly_low is null))))
  union all
  select g.patient, 'vein' as scenario, g.row
  from guarded g
  join bands b on b.patient = g.patient and b.is_low = 1
  union all
  select s.patient, 'torsades_arrest' as scenario, s.row
  from sign s
  join sign t on t.patient = s.patient and t.concept = 'torsades'
  where s.concept = 'cardiac_arrest'
  union all
  select b.patient, 'severe' as scenario, b.row
  from bands b
  where b.is_low = 1 and b.is_clearly_low = 1
  union all
  select b.patient, 'symptoms' as scenario, s.row
  from bands b
  join symptoms_now s on s.patient = b.patient
  where b.is_low = 1 and (b.is_clearly_low = 0 or b.is_clearly_low is null)
  union all
  select b.patient, 'mild' as scenario, b.row
  from bands b
  where b.is_low = 1 and (b.is_clearly_low = 0 or b.is_clearly_low is null)
  union all
  select b.patient, 'low' as scenario, b.row
  from bands b
  where b.is_low = 1
  union all
  select b.patient, 'unknown' as scenario, b.row
  from bands b
  where b.is_low is null
  union all
  select g.patient, 'stop' as scenario, g.row
  from guard g
  where g.stops = 1 and g.state = 'blocks'
)
select o.patient, o.scenario, min(o.row) as row
from opened o
group by o.patient, o.scenario
