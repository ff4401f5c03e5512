-- The test a code stands for, and whether the code speaks of mass or of moles.
with named as (
  select c.system, c.code, min(c.concept) as analyte, max(c.concept) as other
  from coded c
  where c.concept_kind = 'analyte'
  group by c.system, c.code
)
select n.system, n.code, n.analyte, k.property
from named n
left join codes k on k.system = n.system and k.code = n.code and k.concept = n.analyte
where n.analyte = n.other
