-- Every total calcium corrected for the albumin nearest to it in time. An interval stays an interval.
with near as (
  select c.patient, c.row, c.t, c.canonical, c.canonical_low, c.canonical_high, a.row as albumin_row,
         a.canonical as albumin, a.canonical_low as albumin_low, a.canonical_high as albumin_high,
         row_number() over (
           partition by c.patient, c.row
           order by abs(a.t - c.t), a.t desc, a.row
         ) as nth
  from measured c
  cross join limits l
  join measured a on a.patient = c.patient and a.analyte = 'albumin' and a.why_not is null
    and a.t >= c.t - l.companion_window and a.t <= c.t + l.companion_window
  where c.analyte = 'calcium' and c.why_not is null
)
select n.patient, n.row, n.albumin_row, n.t,
       n.canonical + cast(floor(cast((l.albumin_middle - n.albumin) * l.calcium_per_albumin as double) / s.one + s.half) as bigint)
         as canonical,
       n.canonical_low + cast(floor(cast((l.albumin_middle - n.albumin_high) * l.calcium_per_albumin as double) / s.one + s.half) as bigint)
         as canonical_low,
       n.canonical_high + cast(floor(cast((l.albumin_middle - n.albumin_low) * l.calcium_per_albumin as double) / s.one + s.half) as bigint)
         as canonical_high
from near n
cross join limits l
cross join scale s
where n.nth = 1
