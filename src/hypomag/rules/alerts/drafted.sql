-- Orders in hand, not yet signed: which drug, whether it is magnesium past the gut, how fast in whole 1/10000 g of the drug
-- an hour, and how much magnesium a day of it holds. What the order does not say, or in no unit known, is unknown.
with counted as (
  select m.patient, m.row, d.drug, k.is_magnesium, m.route, m.dose, m.dose_unit, m.rate, m.rate_unit,
         case when u.is_daily = 1 or m.frequency is null then 1 when m.frequency is not null then m.frequency end as times
  from medications m
  join medication_drug d on d.system = m.system and d.code = m.code and d.text = m.text and d.is_contradicted = 0
  join drugs k on k.drug = d.drug
  left join given_units u on u.written = m.dose_unit
  where m.kind = 'drafted'
)
select c.patient, c.row, c.drug, c.is_magnesium, c.dose, c.rate,
       case when c.is_magnesium = 0 then 0
            when r.is_parenteral is not null then r.is_parenteral
            when r.is_parenteral is null and c.drug = 'magnesium_sulfate' then 1 end as is_parenteral,
       cast(floor(c.rate * v.grams * s.one) as bigint) as grams_per_hour,
       case when u.grams is not null then cast(floor(c.dose * c.times * u.grams * g.mmol_per_gram + s.half) as bigint)
            when u.mmol is not null then cast(floor(c.dose * c.times * u.mmol * s.one + s.half) as bigint) end as mmol
from counted c
cross join scale s
left join routes r on r.written = c.route
left join given_units u on u.written = c.dose_unit
left join given_rates v on v.written = c.rate_unit
left join given_salts g on g.drug = c.drug
