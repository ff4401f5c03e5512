-- What a way of writing a result of a test we know means: the test, the unit with its factors to the unit's own family (mass
-- or moles) and to the canonical unit, what is plausible in it, and whether the status counts. test_why_not, unit_why_not:
-- why results written so are not used.
select w.system, w.code, w.text, w.specimen, w.unit_code, w.unit_text, w.range_unit, w.status,
       k.analyte, k.why_not as test_why_not, u.unit,
       case when u.why_not is not null then u.why_not
            when f.family is null then 'unit_not_of_test'
            when k.property in ('mass', 'moles') and f.family in ('mass', 'moles') and k.property <> f.family
            then 'unit_against_code' end as unit_why_not,
       case when w.range_unit = '' then u.unit when w.range_unit <> '' then r.unit end as ref_unit,
       f.family, f.to_family, f.to_canonical, x.low as plausible_low, x.high as plausible_high, s.is_eligible, s.remark
from result_way w
join test_kind k on k.system = w.system and k.code = w.code and k.text = w.text and k.specimen = w.specimen
join unit_kind u on u.unit_code = w.unit_code and u.unit_text = w.unit_text
left join unit_words r on r.written = w.range_unit
left join statuses s on s.fact = 'observations'
  and s.status = case when w.status = '' then 'none' when w.status <> '' then w.status end
left join units f on f.analyte = k.analyte and f.unit = u.unit
left join plausible x on x.analyte = k.analyte and x.unit = u.unit
