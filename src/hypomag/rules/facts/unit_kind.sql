-- Which unit a way of writing means. The UCUM code and the printed unit must not contradict each other;
-- an unknown or absent unit stays unknown and is never guessed.
with way as (
  select r.unit_code, r.unit_text
  from result_way r
  group by r.unit_code, r.unit_text
),
read_as as (
  select w.unit_code, w.unit_text, c.unit as by_code, t.unit as by_text
  from way w
  left join unit_words c on c.written = w.unit_code
  left join unit_words t on t.written = w.unit_text
)
select r.unit_code, r.unit_text,
       case when r.unit_code = '' then r.by_text
            when r.by_text is null then r.by_code
            when r.by_code = r.by_text then r.by_code end as unit,
       case when r.unit_code = '' and r.unit_text = '' then 'no_unit'
            when r.unit_code = '' and r.by_text is null then 'unknown_unit'
            when r.unit_code <> '' and r.by_code is null then 'unknown_unit'
            when r.by_code is not null and r.by_text is not null and r.by_code <> r.by_text
            then 'two_units' end as why_not
from read_as r
