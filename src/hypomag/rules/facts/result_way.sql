-- Every way of writing a result in the record, each once: how its test, its unit, that of the range
-- printed beside it and its status stand there. Results by the
-- million are written in some hundred ways: what a way means is found once for the way.
select o.system, o.code, o.text, o.specimen, o.unit as unit_code, o.unit_text, o.ref_unit as range_unit, o.status
from observations o
group by o.system, o.code, o.text, o.specimen, o.unit, o.unit_text, o.ref_unit, o.status
