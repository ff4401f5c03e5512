-- A serum magnesium ordered to look again: an order that still stands, made for after the deciding result or for no time told.
with asked_for as (
  select o.patient, o.row, o.start, o.status, o.known_at
  from orders o
  join coded c on c.system = o.system and c.code = o.code and c.concept = 'magnesium'
  union all
  select o.patient, o.row, o.start, o.status, o.known_at
  from orders o
  join said s on s.kind = 'orders' and s.text = o.text and s.concept = 'magnesium' and s.negated = 0
)
select f.patient, min(f.row) as row
from asked_for f
join asked a on a.patient = f.patient
join level v on v.patient = f.patient
join statuses s on s.fact = 'orders' and s.is_eligible = 1 and s.is_current = 1
  and s.status = case when f.status = '' then 'none' when f.status <> '' then f.status end
where (f.known_at is null or f.known_at <= a.as_of) and (f.start is null or v.t is null or f.start > v.t)
group by f.patient
