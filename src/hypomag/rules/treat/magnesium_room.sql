-- How much magnesium the day still has room for: by vein (grams of sulfate) what the highest published day leaves after
-- everything given and the emergency doses offered; in a child what three doses leave, two of them for an emergency; by mouth what the day leaves,
-- half of it where eGFR is under 30.
with emergencies as (
  select o.patient, max(c.grams) as grams
  from plan_open o
  join ceilings c on c.ceiling = 'emergency_total'
  where o.way in ('emergency', 'emergency_low')
  group by o.patient
),
spent as (
  select m.patient, m.mmol, m.mouth_mmol, case when e.grams is null then 0 when e.grams is not null then e.grams end as reserved
  from magnesium_day m
  left join emergencies e on e.patient = m.patient
)
select p.patient,
       case when g.years < l.adult_from
            then cast(floor(k.mg_per_kg * w.kilograms / s.one / l.mg_per_gram) as bigint)
                 - cast(floor(p.mmol * s.one / u.mmol_low) as bigint)
                 - case when p.reserved = 0 then 0
                        when p.reserved > 0
                        then cast(floor((b.mg_per_kg + b.mg_per_kg) * w.kilograms / s.one / l.mg_per_gram) as bigint) end
            when g.years is null or g.years >= l.adult_from
            then cast(floor((d.mmol - p.mmol) * s.one / u.mmol_low) as bigint) - p.reserved end as grams,
       case when n.egfr < l.kidney_half
            then cast(floor(o.elemental_mg * s.one * s.half / l.mg_per_mmol) as bigint) - p.mouth_mmol
            when n.egfr is null or n.egfr >= l.kidney_half
            then cast(floor(o.elemental_mg * s.one / l.mg_per_mmol) as bigint) - p.mouth_mmol end as mouth_mmol
from spent p
cross join limits l
cross join scale s
join salts u on u.salt = 'sulfate_hepta'
join ceilings d on d.ceiling = 'iv_day_published'
join plan_ceilings k on k.ceiling = 'child_day'
join ceilings b on b.ceiling = 'child_dose'
join ceilings o on o.ceiling = 'oral_day'
left join age g on g.patient = p.patient
left join weight w on w.patient = p.patient
left join kidney n on n.patient = p.patient
