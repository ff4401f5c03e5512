-- Every magnesium of the last 24 hours by any route, as millimoles: a dose given, or what an order adds up to in a
-- day. Unknown where the record does not say how much.
with counted as (
  select g.patient, g.row, g.drug, g.kind, g.is_parenteral, m.rate, g.dose, u.grams, u.mmol,
         v.grams as rate_grams, k.mmol_per_gram,
         case when g.kind = 'given' or u.is_daily = 1 then 1 when g.kind <> 'given' then g.frequency end as times
  from magnesium_given g
  join medications m on m.patient = g.patient and m.row = g.row
  join asked a on a.patient = g.patient
  cross join limits l
  left join given_units u on u.written = g.dose_unit
  left join given_rates v on v.written = m.rate_unit
  left join given_salts k on k.drug = g.drug
  where g.kind not in ('planned', 'drafted')
    and (g.is_taken = 1 or g.is_taken is null or g.start >= a.as_of - l.given_counts
         or g.until >= a.as_of - l.given_counts)
    and (g.kind <> 'given' or g.start is null or g.start >= a.as_of - l.given_counts
         or g.until >= a.as_of - l.given_counts)
)
select c.patient, c.row, c.drug, c.kind,
       case when c.is_parenteral = 1 then 1 when c.is_parenteral = 0 or c.is_parenteral is null then 0 end as is_parenteral,
       case when c.rate is not null
            then cast(floor(c.rate * c.rate_grams * h.given_counts / h.hour * c.mmol_per_gram + s.half) as bigint)
            when c.grams is not null
            then cast(floor(c.dose * c.grams * c.mmol_per_gram * c.times + s.half) as bigint)
            when c.mmol is not null
            then cast(floor(c.dose * c.mmol * s.one * c.times + s.half) as bigint) end as mmol
from counted c
cross join limits h
cross join scale s
