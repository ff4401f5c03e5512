-- A text that names exactly one test says which test it is; a text that names two says nothing.
with named as (
  select s.text, min(s.concept) as analyte, max(s.concept) as other, max(s.says_specimen) as says_specimen
  from said s
  where s.kind = 'observations' and s.concept_kind = 'analyte'
  group by s.text
)
select n.text, n.analyte, n.says_specimen
from named n
where n.analyte = n.other
