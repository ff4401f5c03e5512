-- A serum magnesium that was ordered and has no result since.
with asked_for as (
  select o.patient, o.row, o.start, o.status, o.known_at, o.start_precision
  from orders o
  join coded c on c.system = o.system and c.code = o.code and c.concept = 'magnesium'
  union all
  select o.patient, o.row, o.start, o.status, o.known_at, o.start_precision
  from orders o
  join said s on s.kind = 'orders' and s.text = o.text and s.concept = 'magnesium' and s.negated = 0
),
standing as (
  select f.patient, f.row, max(f.start) as start
  from asked_for f
  join asked a on a.patient = f.patient
  join statuses s on s.fact = 'orders' and s.is_eligible = 1
    and s.status = case when f.status = '' then 'none' when f.status <> '' then f.status end
  left join precisions p on p.start_precision = f.start_precision
  where (f.start is null or f.start <= a.as_of or f.start - p.half_width <= a.as_of)
    and (f.known_at is null or f.known_at <= a.as_of)
  group by f.patient, f.row
),
answered as (
  select t.patient, t.row
  from standing t
  cross join limits l
  join magnesium_reading m on m.patient = t.patient and m.t >= t.start - l.order_before
  where m.why_not is null or m.why_not = 'worded'
  group by t.patient, t.row
)
select t.patient, t.row, t.start
from standing t
left join answered d on d.patient = t.patient and d.row = t.row
where d.row is null
