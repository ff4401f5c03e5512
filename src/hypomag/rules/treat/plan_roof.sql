-- The most a dose of each plan may be, in grams: what its treatment allows, the dose before a level where the kidney
-- asks for one, and what the day has room for; the lowest of the three.
with roofs as (
  select h.patient, h.plan,
         case when t.dose_max_g is not null then t.dose_max_g when t.dose_max_g is null then z.largest end as dose_roof,
         case when h.is_limited = 1 then b.grams when h.is_limited = 0 then z.largest end as kidney_roof,
         case when h.way in ('iv', 'im', 'sc', 'nutrition') then r.grams
              when h.way in ('emergency', 'emergency_low', 'antidote', 'po', 'dialysate') then z.largest end as day_roof
  from plan_share h
  join regimen t on t.treatment = h.treatment
  join magnesium_room r on r.patient = h.patient
  join ceilings b on b.ceiling = 'kidney_before_level'
  cross join scale z
)
select f.patient, f.plan,
       case when f.dose_roof <= f.kidney_roof and f.dose_roof <= f.day_roof then f.dose_roof
            when f.kidney_roof <= f.day_roof then f.kidney_roof
            when f.day_roof < f.kidney_roof then f.day_roof end as grams
from roofs f
