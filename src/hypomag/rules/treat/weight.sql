-- Body weight now: the newest that can be read and is not too old; of equally new ones the lower.
with ranked as (
  select m.patient, m.row, m.t, m.canonical_low as kilograms,
         row_number() over (partition by m.patient order by m.t desc, m.canonical_low, m.row) as nth
  from measured m
  join asked a on a.patient = m.patient
  cross join limits l
  where m.analyte = 'weight' and m.why_not is null and m.t >= a.as_of - l.weight_lasts and m.canonical_low > 0
)
select r.patient, r.row, r.t, r.kilograms
from ranked r
where r.nth = 1
