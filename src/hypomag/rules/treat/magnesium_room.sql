-- How much magnesium the day still has room for: by vein (grams of sulfate) what the highest published day leaves after
-- everything given and the emergency doses offered; in a child no more than three doses leave, two of them for an
-- emergency; by mouth what the day leaves, half of it where eGFR is under 30.
with emergencies as (
  select o.patient, max(c.grams) as grams
  from plan_open o
  join ceilings c on c.ceiling = 'emergency_total'
  where o.way in ('emergency', 'emergency_low')
  group by o.patient
),
spent as (
  select m.patient, m.mouth_mmol, cast(floor(m.mmol * s.one / u.mmol_low) as bigint) as given,
         cast(floor((d.mmol - m.mmol) * s.one / u.mmol_low) as bigint) as day_left,
         cast(floor(k.mg_per_kg * w.kilograms / s.one / l.mg_per_gram) as bigint) as child_day,
         cast(floor((b.mg_per_kg + b.mg_per_kg) * w.kilograms / s.one / l.mg_per_gram) as bigint) as child_two,
         case when e.grams is null then 0 when e.grams is not null then e.grams end as reserved
  from magnesium_day m
  cross join limits l
  cross join scale s
  join salts u on u.salt = 'sulfate_hepta'
  join ceilings d on d.ceiling = 'iv_day_published'
  join plan_ceilings k on k.ceiling = 'child_day'
  join ceilings b on b.ceiling = 'child_dose'
  left join emergencies e on e.patient = m.patient
  left join weight w on w.patient = m.patient
),
rooms as (
  select p.patient, p.mouth_mmol,
         case when p.child_two < p.reserved then p.child_day - p.given - p.child_two
              when p.child_two >= p.reserved then p.child_day - p.given - p.reserved end as child_left,
         p.day_left - p.reserved as grown_left
  from spent p
)
select r.patient,
       case when g.years is null or g.years >= l.adult_from or r.child_left > r.grown_left then r.grown_left
            when r.child_left <= r.grown_left then r.child_left end as grams,
       case when n.egfr < l.kidney_half
            then cast(floor(o.elemental_mg * s.one * s.half / l.mg_per_mmol) as bigint) - r.mouth_mmol
            when n.egfr is null or n.egfr >= l.kidney_half
            then cast(floor(o.elemental_mg * s.one / l.mg_per_mmol) as bigint) - r.mouth_mmol end as mouth_mmol
from rooms r
cross join limits l
cross join scale s
join ceilings o on o.ceiling = 'oral_day'
left join age g on g.patient = r.patient
left join kidney n on n.patient = r.patient
