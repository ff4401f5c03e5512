-- Facts of which neither is used because two parts of them name different things: the code and the words of a drug or
-- of a test, or the specimens that a test is told with.
select m.patient, m.row, 'two_drugs' as why
from medications m
join medication_drug d on d.system = m.system and d.code = m.code and d.text = m.text and d.is_contradicted = 1
group by m.patient, m.row
union all
select o.patient, o.row, k.why_not as why
from observations o
join test_kind k on k.system = o.system and k.code = o.code and k.text = o.text and k.specimen = o.specimen
where k.why_not in ('two_tests', 'two_specimens')
