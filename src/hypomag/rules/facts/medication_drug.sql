-- Which drugs one way of writing a medication names, by code or by words. Where the code and the words name different
-- drugs neither is used.
with way as (
  select m.system, m.code, m.text
  from medications m
  group by m.system, m.code, m.text
),
named as (
  select w.system, w.code, w.text, k.concept as drug, 1 as is_coded, 0 as is_said
  from way w
  join coded k on k.system = w.system and k.code = w.code and k.concept_kind = 'drug'
  union all
  select w.system, w.code, w.text, s.concept as drug, 0 as is_coded, 1 as is_said
  from way w
  join said s on s.kind = 'medications' and s.text = w.text and s.concept_kind = 'drug' and s.negated = 0
),
drugs_of as (
  select n.system, n.code, n.text, n.drug, max(n.is_coded) as is_coded, max(n.is_said) as is_said
  from named n
  group by n.system, n.code, n.text, n.drug
),
counted as (
  select d.system, d.code, d.text, max(d.is_coded) as is_coded, max(d.is_said) as is_said,
         max(d.is_coded * d.is_said) as is_agreed
  from drugs_of d
  group by d.system, d.code, d.text
)
select d.system, d.code, d.text, d.drug,
       case when c.is_coded = 1 and c.is_said = 1 and c.is_agreed = 0 then 1
            when c.is_coded = 0 or c.is_said = 0 or c.is_agreed = 1 then 0 end as is_contradicted
from drugs_of d
join counted c on c.system = d.system and c.code = d.code and c.text = d.text
