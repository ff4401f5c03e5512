-- Which bands of the protocol asked for hold this patient: a grown person whose magnesium is low, whom it does not leave
-- out, of the weight that the band is for. A band in mmol/L or mg/dL must hold the whole level, an interval too; a band of
-- a severity goes by the situation; symptoms may open a band whatever the level.
with levels as (
  select d.patient, d.row, d.canonical_low, d.canonical_high,
         case when d.family = 'mass' then d.low
              when d.family <> 'mass' then cast(floor(d.canonical_low * z.one / u.to_canonical + z.half) as bigint) end as mass_low,
         case when d.family = 'mass' then d.high
              when d.family <> 'mass' then cast(floor(d.canonical_high * z.one / u.to_canonical + z.half) as bigint) end as mass_high
  from deciding d
  join level v on v.patient = d.patient and v.is_low = 1
  join units u on u.analyte = 'magnesium' and u.unit = 'mg/dL'
  cross join scale z
),
out_of_it as (
  select o.patient
  from protocol_out o
  group by o.patient
),
at_risk as (
  select g.patient
  from guarded g
  group by g.patient
),
felt as (
  select g.patient
  from sign g
  join symptoms y on y.symptom = g.concept and y.urgency <> 'routine'
  group by g.patient
),
fitting as (
  select n.patient, n.row, b.treatment,
         case when b.severity = 'severe' and e.patient is not null then 1
              when b.severity = 'mild' and m.patient is not null then 1
              when b.severity is null
                   and (b.from_mg_dl is null or n.mass_low >= b.from_mg_dl)
                   and (b.below_mg_dl is null or n.mass_high < b.below_mg_dl)
                   and (b.from_mmol_l is null or n.canonical_low >= b.from_mmol_l)
                   and (b.below_mmol_l is null or n.canonical_high < b.below_mmol_l)
                   and (b.at_most_mmol_l is null or n.canonical_high <= b.at_most_mmol_l) then 1
              when b.or_symptoms = 1 and f.patient is not null then 1 end as is_fitting
  from levels n
  cross join protocol_bands b
  left join scenario e on e.patient = n.patient and e.scenario = 'severe'
  left join scenario m on m.patient = n.patient and m.scenario = 'mild'
  left join felt f on f.patient = n.patient
)
select i.patient, b.treatment as plan, b.treatment, b.way, b.salt, b.figure, b.band, i.row
from fitting i
join protocol_bands b on b.treatment = i.treatment
cross join limits l
left join out_of_it o on o.patient = i.patient
left join at_risk r on r.patient = i.patient
left join age g on g.patient = i.patient
left join weight w on w.patient = i.patient
where i.is_fitting = 1 and o.patient is null
  and (g.years is null or g.years >= l.adult_from)
  and (b.cardiac_only is null or b.cardiac_only = 0 or r.patient is not null)
  and (b.weight_from_kg is null or w.kilograms >= b.weight_from_kg)
  and (b.weight_below_kg is null or w.kilograms is null or w.kilograms < b.weight_below_kg)
