-- Every grade that the newest results leave open, in each scheme: 0 where magnesium is not low; all grades where a
-- result cannot be read or none exists; all but 0 where the result is the word low.
-- A scheme printed in one unit family only is applied to the value converted to that family.
with families as (
  select g.scheme, case when min(g.family) = max(g.family) then min(g.family) end as single
  from grades g
  group by g.scheme
),
held as (
  select c.patient, f.scheme, r.low as lower_limit,
         case when f.single is null or f.single = m.family then 0 when f.single <> m.family then 1 end as is_converted,
         case when f.single is null then m.family when f.single is not null then f.single end as family,
         case when f.single is null or f.single = m.family then m.low
              when f.single = 'moles' then m.canonical_low
              when f.single = 'mass'
              then cast(floor(m.canonical_low / u.to_canonical * u.to_family + s.half) as bigint) end as low,
         case when f.single is null or f.single = m.family then m.high
              when f.single = 'moles' then m.canonical_high
              when f.single = 'mass'
              then cast(floor(m.canonical_high / u.to_canonical * u.to_family + s.half) as bigint) end as high,
         m.low as own_low, m.high as own_high
  from magnesium_candidate c
  join magnesium_reading m on m.patient = c.patient and m.row = c.row and m.why_not is null
  join range_in_force r on r.patient = c.patient and r.row = c.row
  cross join families f
  cross join scale s
  join units u on u.analyte = 'magnesium' and u.unit = 'mg/dL'
),
unknown as (
  select u.patient, 1 as can_be_low, 1 as can_be_not_low
  from magnesium_unreadable u
  union all
  select a.patient, 1 as can_be_low, 1 as can_be_not_low
  from asked a
  left join magnesium_candidate c on c.patient = a.patient
  where c.patient is null
  union all
  select c.patient, case when m.said_value = 'low' then 1 end as can_be_low,
         case when m.said_value <> 'low' then 1 end as can_be_not_low
  from magnesium_candidate c
  join magnesium_reading m on m.patient = c.patient and m.row = c.row and m.why_not = 'worded'
),
open_grades as (
  select h.patient, h.scheme, 0 as grade, 'not low' as name, h.is_converted
  from held h
  where h.own_high >= h.lower_limit
  union all
  select h.patient, h.scheme, g.grade, g.name, h.is_converted
  from held h
  join grades g on g.scheme = h.scheme and g.family = h.family
  where h.own_low < h.lower_limit and h.high >= g.low and (g.high is null or h.low < g.high)
  union all
  select k.patient, f.scheme, 0 as grade, 'not low' as name, 0 as is_converted
  from unknown k
  cross join families f
  where k.can_be_not_low = 1
  union all
  select k.patient, g.scheme, g.grade, g.name, 0 as is_converted
  from unknown k
  cross join grades g
  where k.can_be_low = 1
)
select o.patient, o.scheme, o.grade, o.name, max(o.is_converted) as is_converted
from open_grades o
group by o.patient, o.scheme, o.grade, o.name
