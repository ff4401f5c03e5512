-- Every grade the deciding result leaves open, in each scheme: 0 where it is not low.
-- A scheme printed in one unit family only is applied to the value converted to that family.
with families as (
  select g.scheme, min(g.family) as family, max(g.family) as other
  from grades g
  group by g.scheme
),
held as (
  select d.patient, f.scheme, d.range_low as lower_limit,
         case when f.family <> f.other or f.family = d.family then 0
              when f.family = f.other and f.family <> d.family then 1 end as is_converted,
         case when f.family <> f.other or f.family = d.family then d.family
              when f.family <> d.family then f.family end as family,
         case when f.family <> f.other or f.family = d.family then d.low
              when f.family <> d.family and f.family = 'moles' then d.canonical_low
              when f.family <> d.family and f.family = 'mass'
              then cast(floor(d.canonical_low / u.to_canonical * u.to_family + s.half) as bigint) end as low,
         case when f.family <> f.other or f.family = d.family then d.high
              when f.family <> d.family and f.family = 'moles' then d.canonical_high
              when f.family <> d.family and f.family = 'mass'
              then cast(floor(d.canonical_high / u.to_canonical * u.to_family + s.half) as bigint) end as high,
         d.low as own_low, d.high as own_high
  from deciding d
  cross join families f
  cross join scale s
  join units u on u.analyte = 'magnesium' and u.unit = 'mg/dL'
  where d.why_not is null
)
select h.patient, h.scheme, 0 as grade, 'not low' as name, h.is_converted
from held h
where h.own_high >= h.lower_limit
union all
select h.patient, h.scheme, g.grade, g.name, h.is_converted
from held h
join grades g on g.scheme = h.scheme and g.family = h.family
where h.own_low < h.lower_limit and h.high >= g.low and (g.high is null or h.low < g.high)
