-- Magnesium of the last 24 hours from every route together, and by mouth alone: the sum, and whether every part of it
-- is known. Of one drug what was ordered and what was given are the same magnesium: the larger sum counts.
-- Parenteral nutrition and dialysate hold an amount that no record tells.
with by_kind as (
  select m.patient, m.drug, m.is_parenteral,
         sum(m.mmol) as mmol, count(*) as parts, count(m.mmol) as known, min(m.row) as row
  from magnesium_amount m
  group by m.patient, m.drug, m.is_parenteral, case when m.kind = 'given' then 1 when m.kind <> 'given' then 0 end
),
by_drug as (
  select k.patient, k.drug, k.is_parenteral, max(k.mmol) as mmol, sum(k.parts) as parts, sum(k.known) as known,
         min(k.row) as row
  from by_kind k
  group by k.patient, k.drug, k.is_parenteral
),
hidden as (
  select p.patient, min(p.row) as row
  from present p
  where p.concept in ('parenteral_nutrition', 'dialysis', 'hemodialysis', 'peritoneal_dialysis', 'continuous_kidney_replacement')
  group by p.patient
),
parts as (
  select d.patient, d.is_parenteral, d.mmol, d.parts, d.known, d.row
  from by_drug d
  union all
  select a.patient, 0 as is_parenteral, 0 as mmol, 0 as parts, 0 as known, null as row
  from asked a
  union all
  select h.patient, 1 as is_parenteral, null as mmol, 1 as parts, 0 as known, h.row
  from hidden h
)
select p.patient, sum(p.mmol) as mmol, min(p.row) as row,
       case when sum(p.parts) = sum(p.known) then 1 when sum(p.parts) <> sum(p.known) then 0 end as is_known,
       sum(case when p.is_parenteral = 0 then p.mmol end) as mouth_mmol,
       case when sum(case when p.is_parenteral = 0 then p.parts end) = sum(case when p.is_parenteral = 0 then p.known end) then 1
            when sum(case when p.is_parenteral = 0 then p.parts end) <> sum(case when p.is_parenteral = 0 then p.known end) then 0
            end as is_mouth_known
from parts p
group by p.patient
