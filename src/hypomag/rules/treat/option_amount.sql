-- Every amount of an option in grams of the salt, milligrams, millimoles and milliequivalents of magnesium: by vein,
-- muscle or skin a dose, by mouth a day, in whole tablets where the plan names a salt that is counted. Of a salt whose
-- share of magnesium is not known the grams stay unknown.
with magnesium as (
  select o.patient, o.plan, o.way, o.salt, o.grams_low, o.grams_high,
         case when o.way = 'po' and k.unit is not null then c.mmol_low
              when o.way = 'po' and k.unit is null then o.mouth_low
              when o.way in ('emergency', 'emergency_low', 'iv', 'im', 'sc', 'nutrition')
              then cast(floor(o.grams_low * u.mmol_low / s.one) as bigint) end as mmol_low,
         case when o.way = 'po' and k.unit is not null then c.mmol_high
              when o.way = 'po' and k.unit is null then o.mouth_high
              when o.way in ('emergency', 'emergency_low', 'iv', 'im', 'sc', 'nutrition')
              then cast(floor(o.grams_high * u.mmol_low / s.one) as bigint) end as mmol_high
  from option o
  join salts u on u.salt = 'sulfate_hepta'
  cross join scale s
  left join salts k on k.salt = o.salt
  left join mouth_count c on c.patient = o.patient and c.plan = o.plan and c.salt = o.salt
)
select m.patient, m.plan, m.mmol_low, m.mmol_high,
       m.mmol_low + m.mmol_low as meq_low, m.mmol_high + m.mmol_high as meq_high,
       cast(floor(m.mmol_low * l.mg_per_mmol / s.one) as bigint) as mg_low,
       cast(floor(m.mmol_high * l.mg_per_mmol / s.one) as bigint) as mg_high,
       case when m.way = 'po' then cast(floor(m.mmol_low * l.mg_per_mmol / k.percent_low * 100 / l.mg_per_gram) as bigint)
            when m.way <> 'po' then m.grams_low end as grams_low,
       case when m.way = 'po' then cast(floor(m.mmol_high * l.mg_per_mmol / k.percent_low * 100 / l.mg_per_gram) as bigint)
            when m.way <> 'po' then m.grams_high end as grams_high
from magnesium m
cross join limits l
cross join scale s
left join salts k on k.salt = m.salt
