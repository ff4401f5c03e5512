-- The published amount of each open plan before any guard: grams of magnesium sulfate (of calcium gluconate for the
-- antidote) by vein, muscle or skin; millimoles a day by mouth. The low and the high end of what the source gives.
-- Unknown where it goes by weight and weight is unknown.
with taken as (
  select o.patient, o.plan, o.way, o.figure, t.doses_per_day_low, t.doses_per_day_high,
         case when o.take = 'high' then t.grams_high when o.take <> 'high' then t.grams_low end as grams_low,
         case when o.take = 'low' then t.grams_low when o.take <> 'low' then t.grams_high end as grams_high,
         case when o.take = 'high' then t.mg_per_kg_high when o.take <> 'high' then t.mg_per_kg_low end as mg_per_kg_low,
         case when o.take = 'low' then t.mg_per_kg_low when o.take <> 'low' then t.mg_per_kg_high end as mg_per_kg_high,
         case when o.figure = 'mmol' and o.take = 'high' then t.mmol_high
              when o.figure = 'mmol' and o.take <> 'high' then t.mmol_low
              when o.figure = 'mmol_day' and o.take = 'high' then t.mmol_day_high
              when o.figure = 'mmol_day' and o.take <> 'high' then t.mmol_day_low
              when o.figure = 'meq_day' and o.take = 'high' then cast(floor(t.meq_day_high * s.half) as bigint)
              when o.figure = 'meq_day' and o.take <> 'high' then cast(floor(t.meq_day_low * s.half) as bigint)
              when o.figure = 'mg_day' and o.take = 'high' then cast(floor(t.elemental_mg_day_high * s.one / l.mg_per_mmol) as bigint)
              when o.figure = 'mg_day' and o.take <> 'high' then cast(floor(t.elemental_mg_day_low * s.one / l.mg_per_mmol) as bigint)
              when o.figure = 'mmol_per_kg' and o.take = 'high' then cast(floor(t.mmol_per_kg_high * w.kilograms / s.one) as bigint)
              when o.figure = 'mmol_per_kg' and o.take <> 'high' then cast(floor(t.mmol_per_kg_low * w.kilograms / s.one) as bigint)
              when o.figure = 'mmol_per_kg_day' and o.take = 'high' then cast(floor(t.mmol_per_kg_day_high * w.kilograms / s.one) as bigint)
              when o.figure = 'mmol_per_kg_day' and o.take <> 'high' then cast(floor(t.mmol_per_kg_day_low * w.kilograms / s.one) as bigint)
              end as mmol_low,
         case when o.figure = 'mmol' and o.take = 'low' then t.mmol_low
              when o.figure = 'mmol' and o.take <> 'low' then t.mmol_high
              when o.figure = 'mmol_day' and o.take = 'low' then t.mmol_day_low
              when o.figure = 'mmol_day' and o.take <> 'low' then t.mmol_day_high
              when o.figure = 'meq_day' and o.take = 'low' then cast(floor(t.meq_day_low * s.half) as bigint)
              when o.figure = 'meq_day' and o.take <> 'low' then cast(floor(t.meq_day_high * s.half) as bigint)
              when o.figure = 'mg_day' and o.take = 'low' then cast(floor(t.elemental_mg_day_low * s.one / l.mg_per_mmol) as bigint)
              when o.figure = 'mg_day' and o.take <> 'low' then cast(floor(t.elemental_mg_day_high * s.one / l.mg_per_mmol) as bigint)
              when o.figure = 'mmol_per_kg' and o.take = 'low' then cast(floor(t.mmol_per_kg_low * w.kilograms / s.one) as bigint)
              when o.figure = 'mmol_per_kg' and o.take <> 'low' then cast(floor(t.mmol_per_kg_high * w.kilograms / s.one) as bigint)
              when o.figure = 'mmol_per_kg_day' and o.take = 'low' then cast(floor(t.mmol_per_kg_day_low * w.kilograms / s.one) as bigint)
              when o.figure = 'mmol_per_kg_day' and o.take <> 'low' then cast(floor(t.mmol_per_kg_day_high * w.kilograms / s.one) as bigint)
              end as mmol_high,
         w.kilograms
  from plan_open o
  join regimen t on t.treatment = o.treatment
  cross join limits l
  cross join scale s
  left join weight w on w.patient = o.patient
)
select k.patient, k.plan,
       case when k.figure = 'grams' then k.grams_low
            when k.figure = 'per_kg' then cast(floor(k.mg_per_kg_low * k.kilograms / s.one / l.mg_per_gram) as bigint)
            when k.way <> 'po' then cast(floor(k.mmol_low * s.one / u.mmol_low) as bigint) end as grams_low,
       case when k.figure = 'grams' then k.grams_high
            when k.figure = 'per_kg' then cast(floor(k.mg_per_kg_high * k.kilograms / s.one / l.mg_per_gram) as bigint)
            when k.way <> 'po' then cast(floor(k.mmol_high * s.one / u.mmol_low) as bigint) end as grams_high,
       case when k.way = 'po' and k.figure in ('mmol', 'mmol_per_kg') then k.mmol_low * k.doses_per_day_low
            when k.way = 'po' then k.mmol_low end as mouth_low,
       case when k.way = 'po' and k.figure in ('mmol', 'mmol_per_kg') then k.mmol_high * k.doses_per_day_high
            when k.way = 'po' then k.mmol_high end as mouth_high
from taken k
cross join limits l
cross join scale s
join salts u on u.salt = 'sulfate_hepta'
