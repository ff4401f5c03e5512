-- The specimen that a specimen text names; a text that names two says nothing.
with named as (
  select s.text, min(s.concept) as specimen, max(s.concept) as other
  from said s
  where s.kind = 'specimens' and s.concept_kind = 'specimen'
  group by s.text
)
select n.text, n.specimen
from named n
where n.specimen = n.other
