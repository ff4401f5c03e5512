-- What vital signs say of each guard: the newest of the last day, or that one stands there and cannot
-- be read: urine by the kilogram cannot without a weight.
with newest as (
  select m.patient, m.analyte, m.row, m.t, m.canonical_low, m.canonical_high,
         row_number() over (partition by m.patient, m.analyte order by m.t desc, m.canonical_low, m.row) as nth
  from measured m
  join asked a on a.patient = m.patient
  cross join limits l
  where m.analyte in ('respiratory_rate', 'systolic', 'urine_output') and m.why_not is null
    and m.t >= a.as_of - l.vital_lasts
),
vitals as (
  select n.patient, n.analyte, n.row, n.t, n.canonical_low, n.canonical_high
  from newest n
  where n.nth = 1
)
select v.patient, g.guard, v.row,
       case when v.canonical_low < g.blocks_below then 'blocks'
            when v.canonical_low >= g.blocks_below then 'clear' end as state
from vitals v
join guard_measures g on g.analyte = v.analyte
union all
select d.patient, g.guard, d.row, 'unreadable' as state
from doubtful_result d
join guard_measures g on g.analyte = d.analyte
union all
select d.patient, 'little_urine' as guard, d.row, 'unreadable' as state
from doubtful_result d
where d.analyte = 'urine_output'
union all
select v.patient, 'little_urine' as guard, v.row,
       case when v.canonical_low < l.urine_little then 'blocks'
            when v.canonical_low * s.one < w.kilograms * l.urine_little_per_kg then 'blocks'
            when v.canonical_low * s.one >= w.kilograms * l.urine_little_per_kg then 'clear'
            when w.kilograms is null then 'unreadable' end as state
from vitals v
cross join limits l
cross join scale s
left join weight w on w.patient = v.patient
where v.analyte = 'urine_output'
