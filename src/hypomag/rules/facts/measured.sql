-- Every result of a test we know, as whole numbers in 1/10000: value in its own unit family (mass or moles) and in
-- the canonical unit; also those told as a number inside a text. A comparator makes an interval (low to high). The range
-- printed beside it stays as printed. why_not says why a result is not used.
with told as (
  select o.patient, o.row, k.analyte, k.property, k.why_not as test_why_not, u.unit, u.why_not as unit_why_not,
         o.value, o.comparator, o.flag, s.is_eligible, s.remark, v.concept as said_value, o.start, o.start_precision,
         o.known_at, o.ref_low, o.ref_high, o.ref_unit
  from observations o
  join test_kind k on k.system = o.system and k.code = o.code and k.text = o.text and k.specimen = o.specimen
  join unit_kind u on u.unit_code = o.unit and u.unit_text = o.unit_text
  left join statuses s on s.fact = 'observations'
    and s.status = case when o.status = '' then 'none' when o.status <> '' then o.status end
  left join worded_value v on v.text = o.value_text
  left join told_number n on n.patient = o.patient and n.row = o.row and n.analyte = k.analyte
  where n.row is null
  union all
  select n.patient, n.row, n.analyte, '' as property, null as test_why_not, n.unit, null as unit_why_not,
         n.value, n.comparator, '' as flag, n.is_eligible, n.remark, null as said_value, n.start, n.start_precision,
         n.known_at, null as ref_low, null as ref_high, '' as ref_unit
  from told_number n
),
seen as (
  select n.patient, n.row, n.analyte, n.property, n.test_why_not, n.unit, n.unit_why_not, n.value, n.comparator,
         n.flag, n.is_eligible, n.remark, n.said_value,
         case when n.start is null then n.known_at when n.start is not null then n.start end as t,
         case when n.start is null then n.known_at
              when p.half_width is null then n.start
              when p.half_width is not null then n.start - p.half_width end as earliest,
         case when n.start is null then n.known_at
              when p.half_width is null then n.start
              when p.half_width is not null then n.start + p.half_width end as latest,
         n.known_at, n.ref_low, n.ref_high, n.ref_unit, a.as_of
  from told n
  join asked a on a.patient = n.patient
  left join precisions p on p.start_precision = n.start_precision
),
scaled as (
  select n.patient, n.row, n.analyte, n.property, n.test_why_not, n.unit, n.unit_why_not, n.value, n.comparator,
         n.flag, n.is_eligible, n.remark, n.said_value, n.t, n.earliest, n.latest, n.known_at, n.as_of,
         n.ref_low, n.ref_high, n.ref_unit,
         f.family, x.low as plausible_low, x.high as plausible_high, h.largest,
         cast(floor(n.value * f.to_family + h.half) as bigint) as family_value,
         cast(floor(n.value * f.to_canonical + h.half) as bigint) as canonical
  from seen n
  cross join scale h
  left join units f on f.analyte = n.analyte and f.unit = n.unit
  left join plausible x on x.analyte = n.analyte and x.unit = n.unit
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
            when c.family is null then 'unit_not_of_test'
            when c.property in ('mass', 'moles') and c.family in ('mass', 'moles') and c.property <> c.family
            then 'unit_against_code'
            when c.value < c.plausible_low or c.value > c.plausible_high then 'implausible'
            when c.comparator not in ('', '<', '<=', '>', '>=') then 'unknown_comparator' end as why_not
from scaled c
