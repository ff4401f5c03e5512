-- A result given in words: low, normal or high.
with named as (
  select s.text, min(s.concept) as concept, max(s.concept) as other
  from said s
  where s.kind = 'values' and s.concept_kind = 'value' and s.concept in ('low', 'normal', 'high') and s.negated = 0
    and s.past = 0
  group by s.text
)
select n.text, n.concept
from named n
where n.concept = n.other
