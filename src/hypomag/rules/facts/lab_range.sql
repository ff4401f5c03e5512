-- The range a laboratory printed beside a result, in the canonical unit of its test.
with printed as (
  select m.patient, m.row, m.analyte, o.ref_low, o.ref_high,
         case when o.ref_unit = '' then m.unit when o.ref_unit <> '' then w.unit end as ref_unit
  from measured m
  join observations o on o.patient = m.patient and o.row = m.row
  left join unit_words w on w.written = o.ref_unit
  where m.why_not is null and (o.ref_low is not null or o.ref_high is not null)
)
select p.patient, p.row,
       cast(floor(p.ref_low * u.to_canonical + s.half) as bigint) as low,
       cast(floor(p.ref_high * u.to_canonical + s.half) as bigint) as high
from printed p
cross join scale s
join units u on u.analyte = p.analyte and u.unit = p.ref_unit
