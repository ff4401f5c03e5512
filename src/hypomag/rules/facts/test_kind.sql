-- Which test a way of writing means: its code, its words and its specimen must not contradict each other.
-- Urine, body fluid and red cells are never read as serum. Where only the specimen's own field names it, a form of the
-- test in that specimen comes first, then the usual form if that specimen goes with it. A LOINC code names a specimen, so
-- beside one that is not known here words that name none are not taken for serum. why_not: two_tests, two_specimens,
-- no_such_test, unknown_code.
with way as (
  select r.system, r.code, r.text, r.specimen
  from result_way r
  group by r.system, r.code, r.text, r.specimen
),
known as (
  select c.code
  from codes c
  where c.system = 'loinc'
  group by c.code
),
opinion as (
  select w.system, w.code, w.text, w.specimen, c.property,
         a.substance as code_substance, a.specimen as code_specimen,
         b.substance as text_substance,
         case when t.says_specimen = 1 then b.specimen end as text_specimen,
         f.specimen as field_specimen,
         case when w.system = 'loinc' and w.code <> '' and k.code is null then 1
              when w.system <> 'loinc' or w.code = '' or k.code is not null then 0 end as is_code_unknown
  from way w
  left join known k on k.code = w.code
  left join code_analyte c on c.system = w.system and c.code = w.code
  left join analytes a on a.analyte = c.analyte
  left join text_analyte t on t.text = w.text
  left join analytes b on b.analyte = t.analyte
  left join specimen_said f on f.text = w.specimen
),
agreed as (
  select p.system, p.code, p.text, p.specimen, p.property, p.code_substance, p.text_substance, p.field_specimen,
         p.is_code_unknown,
         case when p.code_substance is null then p.text_substance
              when p.text_substance is null then p.code_substance
              when p.code_substance = p.text_substance then p.code_substance end as substance,
         case when p.code_specimen is null then p.text_specimen
              when p.text_specimen is null then p.code_specimen
              when p.code_specimen = p.text_specimen then p.code_specimen end as named_specimen,
         case when p.code_specimen is null or p.text_specimen is null then 0
              when p.code_specimen = p.text_specimen then 0
              when p.code_specimen <> p.text_specimen then 1 end as is_named_twice
  from opinion p
  where p.code_substance is not null or (p.text_substance is not null and p.text_substance <> 'other_test')
),
placed as (
  select g.system, g.code, g.text, g.specimen, g.property, g.code_substance, g.text_substance, g.substance,
         g.is_named_twice,
         case when g.named_specimen is not null then g.named_specimen
              when o.specimen is not null then o.specimen
              when g.field_specimen is null or u.specimen = 'none' or t.field is not null then u.specimen
              when t.field is null then g.field_specimen end as where_from,
         case when g.named_specimen is null or g.field_specimen is null then 0
              when g.named_specimen = 'none' or s.field is not null then 0
              when s.field is null then 1 end as is_elsewhere,
         case when g.is_code_unknown = 1 and g.named_specimen is null and g.field_specimen is null and u.specimen <> 'none'
              then 1
              when g.is_code_unknown = 0 or g.named_specimen is not null or g.field_specimen is not null
                or u.specimen = 'none' then 0 end as is_guessed
  from agreed g
  left join specimen_pairs s on s.named = g.named_specimen and s.field = g.field_specimen
  left join analytes u on u.substance = g.substance and u.usual = 1
  left join specimen_pairs t on t.named = u.specimen and t.field = g.field_specimen
  left join analytes o on o.substance = g.substance and o.specimen = g.field_specimen
)
select p.system, p.code, p.text, p.specimen, p.property,
       case when p.is_named_twice = 0 and p.is_elsewhere = 0 then x.analyte end as analyte,
       case when p.substance is null then 'two_tests'
            when p.is_named_twice = 1 or p.is_elsewhere = 1 then 'two_specimens'
            when x.analyte is null then 'no_such_test'
            when p.is_guessed = 1 then 'unknown_code' end as why_not,
       p.code_substance, p.text_substance
from placed p
left join analytes x on x.substance = p.substance and x.specimen = p.where_from
