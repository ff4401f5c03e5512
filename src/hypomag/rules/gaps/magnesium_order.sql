-- Orders for serum magnesium that stand.
with named as (
  select o.patient, o.row
  from orders o
  join said s on s.kind = 'orders' and s.text = o.text and s.concept = 'magnesium' and s.concept_kind = 'analyte'
    and s.negated = 0
  union all
  select o.patient, o.row
  from orders o
  join coded k on k.system = o.system and k.code = o.code and k.concept = 'magnesium' and k.concept_kind = 'analyte'
),
once as (
  select n.patient, n.row
  from named n
  group by n.patient, n.row
)
select o.patient, o.row, o.start, o.source_ref
from once n
join orders o on o.patient = n.patient and o.row = n.row
join asked a on a.patient = o.patient
join statuses s on s.fact = 'orders' and s.is_eligible = 1
  and s.status = case when o.status = '' then 'none' when o.status <> '' then o.status end
left join precisions p on p.start_precision = o.start_precision
where (o.start is null or o.start <= a.as_of or o.start - p.half_width <= a.as_of)
  and (o.known_at is null or o.known_at <= a.as_of)
