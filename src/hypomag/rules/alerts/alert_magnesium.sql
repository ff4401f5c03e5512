-- What speaks against magnesium in an order in hand: a sign to stop, a kidney that fails or is not known, the rate, the sum
-- of the day, a level in range. Rates are held against the label; in an emergency against the fastest emergency dose.
with kidney_fails as (
  select g.patient, min(g.row) as row
  from guard g
  where g.guard in ('kidney_below_30', 'kidney_below_15', 'kidney_injury', 'little_urine', 'dialysis') and g.state = 'blocks'
  group by g.patient
),
kidney_gone as (
  select g.patient, min(g.row) as row
  from guard g
  where g.guard in ('kidney_below_15', 'dialysis') and g.state = 'blocks'
  group by g.patient
),
stops as (
  select g.patient, min(g.row) as row
  from guard g
  where g.stops = 1 and g.state = 'blocks'
  group by g.patient
),
rated as (
  select d.patient, d.row, d.grams_per_hour, d.dose, u.tier, h.grams as usual, p.mg as label_mg, e.mg as emergency_mg,
         d.grams_per_hour * l.mg_per_gram as mg_per_hour, l.minutes_per_hour
  from drafted d
  join urgency u on u.patient = d.patient
  join ceilings h on h.ceiling = 'iv_rate_highest'
  join ceilings p on p.ceiling = 'iv_push_rate'
  join plan_ceilings e on e.ceiling = 'emergency_rate'
  cross join limits l
  where d.is_parenteral = 1
),
judged as (
  select r.patient, r.row, r.grams_per_hour, r.dose,
         case when r.tier = 'emergency' and r.mg_per_hour > r.emergency_mg * r.minutes_per_hour then 1
              when r.tier <> 'emergency' and r.mg_per_hour > r.label_mg * r.minutes_per_hour then 1
              when r.mg_per_hour is not null then 0 end as is_wild,
         case when r.tier <> 'emergency' and r.grams_per_hour > r.usual then 1
              when r.tier = 'emergency' or r.grams_per_hour <= r.usual then 0 end as is_fast
  from rated r
),
ordered as (
  select d.patient, min(d.row) as row, sum(d.mmol) as mmol
  from drafted d
  where d.is_magnesium = 1
  group by d.patient
)
select d.patient, 'stop_magnesium' as alert, d.row as order_row, s.row
from drafted d
join stops s on s.patient = d.patient
where d.is_magnesium = 1
union all
select d.patient, 'iv_kidney' as alert, d.row as order_row, k.row
from drafted d
join kidney_fails k on k.patient = d.patient
where d.is_parenteral = 1
union all
select d.patient, 'iv_kidney_unknown' as alert, d.row as order_row, g.row
from drafted d
join guard g on g.patient = d.patient and g.guard = 'creatinine_recent' and g.state <> 'clear'
left join kidney_fails k on k.patient = d.patient
where d.is_parenteral = 1 and k.patient is null
union all
select d.patient, 'mouth_kidney' as alert, d.row as order_row, k.row
from drafted d
join kidney_gone k on k.patient = d.patient
where d.is_magnesium = 1 and (d.is_parenteral = 0 or d.is_parenteral is null)
union all
select j.patient, 'iv_faster_than_any' as alert, j.row as order_row, null as row
from judged j
where j.is_wild = 1
union all
select j.patient, 'iv_too_fast' as alert, j.row as order_row, null as row
from judged j
where j.is_fast = 1 and j.is_wild = 0
union all
select j.patient, 'iv_rate_unknown' as alert, j.row as order_row, null as row
from judged j
where j.grams_per_hour is null
union all
select o.patient, 'iv_day_full' as alert, o.row as order_row, m.row
from ordered o
join magnesium_day m on m.patient = o.patient
join ceilings c on c.ceiling = 'iv_day_published'
where o.mmol + m.mmol > c.mmol
union all
select d.patient, 'iv_in_range' as alert, d.row as order_row, n.row
from drafted d
join low_now n on n.patient = d.patient and n.status = 'normal' and n.is_low = 0
left join obstetric_magnesium q on q.patient = d.patient
left join present p on p.patient = d.patient and p.concept in ('pre_eclampsia', 'eclampsia', 'torsades', 'asthma')
left join guarded g on g.patient = d.patient
where d.is_parenteral = 1 and q.patient is null and p.patient is null and g.patient is null
