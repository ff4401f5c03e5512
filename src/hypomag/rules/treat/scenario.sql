-- In which situations the patient is: by the level alone, and by a recorded fact together with it. What opens the
-- vein by a heart at risk or a gut, or by a drug that needs more magnesium, counts only where nothing stronger does.
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
opened as (
  select f.patient, o.scenario, f.row
  from fact_now f
  join scenarios o on o.fact = f.fact and o.concept = f.concept
  join bands b on b.patient = f.patient
  where o.level = 'any'
     or (o.level = 'low' and b.is_low = 1)
     or (o.level = 'very_low' and b.is_low = 1 and b.is_very_low = 1)
     or (o.level = 'clearly_low_or_unknown' and (b.is_low is null or (b.is_low = 1 and (b.is_clearly_low = 1 or b.is_clearly_low is null))))
  union all
  select f.patient, 'heart_drug' as scenario, f.row
  from fact_now f
  join bands b on b.patient = f.patient and b.is_low = 1
  where f.fact = 'guarded'
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
),
faster as (
  select p.patient
  from opened p
  where p.scenario in ('severe', 'symptoms')
  group by p.patient
),
by_vein as (
  select p.patient
  from opened p
  where p.scenario = 'vein'
  group by p.patient
)
select o.patient, o.scenario, min(o.row) as row
from opened o
left join faster f on f.patient = o.patient
left join by_vein y on y.patient = o.patient
where (o.scenario not in ('vein', 'heart_drug') or f.patient is null)
  and (o.scenario <> 'heart_drug' or y.patient is null)
group by o.patient, o.scenario
