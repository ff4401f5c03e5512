-- Every result of a test we know, as whole numbers in 1/10000: value in its own unit family (mass or moles) and in
-- the canonical unit; also those told as a number inside a text. A comparator makes an interval (low to high). The range
-- printed beside it stays as printed, its unit told. why_not says why a result is not used.
with results as (
  select o.patient, o.row, k.analyte, k.test_why_not, k.unit, k.unit_why_not, k.family, k.plausible_low, k.plausible_high,
         k.is_eligible, k.remark, o.value, o.value * k.to_family as in_family, o.value * k.to_canonical as in_canonical,
         o.value_text, o.comparator, o.flag, o.start, o.start_precision, o.known_at, o.ref_low, o.ref_high, k.ref_unit, a.as_of
  from observations o
  join asked a on a.patient = o.patient
  join result_kind k on k.system = o.system and k.code = o.code and k.text = o.text and k.specimen = o.specimen
    and k.unit_code = o.unit and k.unit_text = o.unit_text and k.range_unit = o.ref_unit
    and k.status = o.status
),
told as (
  select r.patient, r.row, r.analyte, r.test_why_not, r.unit, r.unit_why_not, r.family, r.plausible_low, r.plausible_high,
         r.is_eligible, r.remark, v.concept as said_value, r.value, r.in_family, r.in_canonical, r.comparator, r.flag, r.start,
         r.start_precision, r.known_at, r.ref_low, r.ref_high, r.ref_unit, r.as_of
  from results r
  left join worded_value v on v.text = r.value_text
  left join told_number n on n.patient = r.patient and n.row = r.row and n.analyte = r.analyte
  where n.row is null
  union all
  select n.patient, n.row, n.analyte, null as test_why_not, n.unit,
         case when f.family is null then 'unit_not_of_test' end as unit_why_not, f.family, x.low as plausible_low,
         x.high as plausible_high, n.is_eligible, n.remark, null as said_value, n.value, n.value * f.to_family as in_family,
         n.value * f.to_canonical as in_canonical, n.comparator, '' as flag, n.start, n.start_precision, n.known_at,
         null as ref_low, null as ref_high, null as ref_unit, a.as_of
  from told_number n
  join asked a on a.patient = n.patient
  left join units f on f.analyte = n.analyte and f.unit = n.unit
  left join plausible x on x.analyte = n.analyte and x.unit = n.unit
),
scaled as (
  select n.patient, n.row, n.analyte, n.test_why_not, n.unit, n.unit_why_not, n.family, n.value, n.comparator, n.flag,
         n.is_eligible, n.remark, n.said_value, n.known_at, n.ref_low, n.ref_high, n.ref_unit, n.plausible_low,
         n.plausible_high, n.as_of, h.largest,
         case when n.start is null then n.known_at when n.start is not null then n.start end as t,
         case when n.start is null then n.known_at
              when p.half_width is null then n.start
              when p.half_width is not null then n.start - p.half_width end as earliest,
         case when n.start is null then n.known_at
              when p.half_width is null then n.start
              when p.half_width is not null then n.start + p.half_width end as latest,
         cast(floor(n.in_family + h.half) as bigint) as family_value,
         cast(floor(n.in_canonical + h.half) as bigint) as canonical
  from told n
  cross join scale h
  left join precisions p on p.start_precision = n.start_precision
)
select c.patient, c.row, c.analyte, c.t, c.earliest, c.latest, c.unit, c.family, c.comparator, c.flag, c.remark,
       c.said_value, c.ref_low, c.ref_high, c.ref_unit, c.family_value as value,
       case when c.comparator in ('<', '<=') then 0
            when c.comparator = '>' then c.family_value + 1
            when c.comparator in ('', '>=') then c.family_value end as low,
       case when c.comparator = '<' then c.family_value - 1
            when c.comparator in ('', '<=') then c.family_value
            when c.comparator in ('>', '>=') then c.largest end as high,
       c.canonical,
       case when c.comparator in ('<', '<=') then 0
            when c.comparator = '>' then c.canonical + 1
            when c.comparator in ('', '>=') then c.canonical end as canonical_low,
       case when c.comparator = '<' then c.canonical - 1
            when c.comparator in ('', '<=') then c.canonical
            when c.comparator in ('>', '>=') then c.largest end as canonical_high,
       case when c.is_eligible is null then 'unknown_status'
            when c.is_eligible = 0 then 'withdrawn'
            when c.known_at > c.as_of or c.earliest > c.as_of then 'future'
            when c.test_why_not is not null then c.test_why_not
            when c.t is null then 'no_time'
            when c.value is null and c.said_value is not null then 'worded'
            when c.value is null then 'no_value'
            when c.unit_why_not is not null then c.unit_why_not
            when c.value < c.plausible_low or c.value > c.plausible_high then 'implausible'
            when c.comparator not in ('', '<', '<=', '>', '>=') then 'unknown_comparator' end as why_not
from scaled c
