-- The newest result of each test beside magnesium that can be urgent by itself, and nothing older than what could stand
-- beside it: what urgency listens to. Of one moment all count. A result as new as that, or undated, that has no number to
-- read is kept with its value unknown. Ionised calcium overrules corrected calcium, and either overrules total calcium.
with corrected_there as (
  select m.patient, m.t
  from measured m
  where m.analyte = 'calcium_corrected' and m.why_not is null
  group by m.patient, m.t
),
read_out as (
  select m.patient, m.analyte, m.row, m.t,
         case when m.why_not is null then m.canonical_low end as canonical_low,
         case when m.why_not is null then m.canonical_high end as canonical_high,
         case when m.why_not is null then 1 when m.why_not is not null then 0 end as is_read
  from measured m
  join companion_limits c on c.analyte = m.analyte and c.severe_tier is not null
  left join why_nots w on w.why_not = m.why_not
  where m.why_not is null or m.why_not = 'worded' or w.widens = 1
  union all
  select k.patient, 'calcium_corrected' as analyte, k.row, k.t, k.canonical_low, k.canonical_high, 1 as is_read
  from calcium_with_albumin k
  left join corrected_there c on c.patient = k.patient and c.t = k.t
  where c.patient is null
),
fresh as (
  select r.patient, r.analyte, r.row, r.t, r.canonical_low, r.canonical_high, r.is_read
  from read_out r
  join anchor a on a.patient = r.patient
  cross join limits l
  where r.t is null or r.t >= a.t - l.companion_window
),
newest as (
  select f.patient, f.analyte, max(f.t) as t
  from fresh f
  where f.is_read = 1
  group by f.patient, f.analyte
),
latest as (
  select f.patient, f.analyte, f.row, f.t, f.canonical_low, f.canonical_high, f.is_read
  from fresh f
  left join newest n on n.patient = f.patient and n.analyte = f.analyte
  where n.t is null or f.t is null or f.t >= n.t
),
better as (
  select f.patient, f.analyte, f.row
  from latest f
  cross join limits l
  join latest b on b.patient = f.patient and b.is_read = 1 and b.t >= f.t - l.companion_window
    and ((f.analyte = 'calcium' and b.analyte in ('calcium_corrected', 'calcium_ionised'))
      or (f.analyte = 'calcium_corrected' and b.analyte = 'calcium_ionised'))
  group by f.patient, f.analyte, f.row
)
select f.patient, f.analyte, f.row, f.t, f.canonical_low, f.canonical_high,
       case when b.row is not null then 1 when b.row is null then 0 end as is_overruled
from latest f
left join better b on b.patient = f.patient and b.analyte = f.analyte and b.row = f.row
