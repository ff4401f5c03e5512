-- Which drugs a medication is, by code or by words. Where the code and the words name different drugs neither is used.
with named as (
  select m.patient, m.row, k.concept as drug, 1 as is_coded, 0 as is_said
  from medications m
  join coded k on k.system = m.system and k.code = m.code and k.concept_kind = 'drug'
  union all
  select m.patient, m.row, s.concept as drug, 0 as is_coded, 1 as is_said
  from medications m
  join said s on s.kind = 'medications' and s.text = m.text and s.concept_kind = 'drug' and s.negated = 0
),
drugs_of as (
  select n.patient, n.row, n.drug, max(n.is_coded) as is_coded, max(n.is_said) as is_said
  from named n
  group by n.patient, n.row, n.drug
),
counted as (
  select d.patient, d.row, max(d.is_coded) as is_coded, max(d.is_said) as is_said,
         max(d.is_coded * d.is_said) as is_agreed
  from drugs_of d
  group by d.patient, d.row
)
select d.patient, d.row, d.drug,
       case when c.is_coded = 1 and c.is_said = 1 and c.is_agreed = 0 then 1
            when c.is_coded = 0 or c.is_said = 0 or c.is_agreed = 1 then 0 end as is_contradicted
from drugs_of d
join counted c on c.patient = d.patient and c.row = d.row
