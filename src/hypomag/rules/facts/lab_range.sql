-- The range a laboratory printed beside a result, in the canonical unit of its test.
select m.patient, m.row,
       cast(floor(m.ref_low * u.to_canonical + s.half) as bigint) as low,
       cast(floor(m.ref_high * u.to_canonical + s.half) as bigint) as high
from measured m
cross join scale s
join units u on u.analyte = m.analyte and u.unit = m.ref_unit
where m.why_not is null and (m.ref_low is not null or m.ref_high is not null)
