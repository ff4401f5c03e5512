-- The most magnesium that each entry of it by vein or muscle can have brought, in 1/10000 mmol: the dose given, or for an
-- order its dose as often a day as it says over the days it ran. Unknown where amount, unit or frequency is not said.
with one_dose as (
  select c.patient, c.row, c.kind, c.frequency, c.earliest, c.latest,
         case when u.grams is not null then c.dose * u.grams * k.mmol_per_gram
              when u.mmol is not null then c.dose * u.mmol * s.one end as mmol
  from magnesium_course c
  join given_units u on u.written = c.dose_unit and u.is_daily = 0
  join given_salts k on k.drug = c.drug
  cross join scale s
  where c.is_parenteral = 1 and c.dose is not null
)
select o.patient, o.row,
       case when o.kind = 'given' then cast(floor(o.mmol + s.half) as bigint)
            when o.kind <> 'given'
            then cast(floor(o.mmol * o.frequency * (floor((o.latest - o.earliest) / s.day) + 1) + s.half) as bigint)
            end as mmol
from one_dose o
cross join scale s
