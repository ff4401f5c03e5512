-- The range a laboratory printed beside a result, in the canonical unit of its test.
with printed as (
  select m.patient, m.row, m.analyte, m.ref_low, m.ref_high,
         case when m.ref_unit = '' then m.unit when m.ref_unit <> '' then w.unit end as ref_unit
  from measured m
  left join unit_words w on w.written = m.ref_unit
  where m.why_not is null and (m.ref_low is not null or m.ref_high is not null)
)
select p.patient, p.row,
       cast(floor(p.ref_low * u.to_canonical + s.half) as bigint) as low,
       cast(floor(p.ref_high * u.to_canonical + s.half) as bigint) as high
from printed p
cross join scale s
join units u on u.analyte = p.analyte and u.unit = p.ref_unit
