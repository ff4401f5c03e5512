-- Does creatinine rise? blocks: the newest is so much above an earlier one that acute kidney injury must be feared;
-- clear: an earlier one can be compared and shows no such rise; or, without an earlier one, a recent eGFR is good and
-- urine of the last day was measured and is enough. Otherwise there is no row.
with readings as (
  select m.patient, m.row, m.t, m.canonical_low, m.canonical_high,
         row_number() over (partition by m.patient order by m.t desc, m.canonical desc, m.row) as nth
  from measured m
  where m.analyte = 'creatinine' and m.why_not is null
),
compared as (
  select n.patient, n.row, n.t,
         case when n.canonical_high >= e.canonical_low + l.injury_rise and e.t >= n.t - l.injury_rise_within then 1
              when n.canonical_high * s.one >= e.canonical_low * l.injury_ratio then 1
              when n.canonical_high * s.one < e.canonical_low * l.injury_ratio then 0 end as is_risen
  from readings n
  join readings e on e.patient = n.patient and e.nth > 1
  cross join limits l
  cross join scale s
  where n.nth = 1 and e.t >= n.t - l.injury_baseline
),
doubts as (
  select m.patient
  from measured m
  join why_nots w on w.why_not = m.why_not and w.widens = 1
  where m.analyte = 'creatinine'
  group by m.patient
),
judged as (
  select c.patient, c.row, c.t, max(c.is_risen) as is_risen
  from compared c
  group by c.patient, c.row, c.t
),
little as (
  select m.patient
  from guard_measured m
  where m.guard = 'little_urine' and m.state <> 'clear'
  group by m.patient
  union all
  select t.patient
  from guard_told t
  where t.guard = 'little_urine' and t.state = 'blocks'
  group by t.patient
),
urine as (
  select m.patient, max(m.row) as row, k.t
  from guard_measured m
  join kidney k on k.patient = m.patient and k.is_recent = 1
  cross join limits l
  left join little e on e.patient = m.patient
  where m.guard = 'little_urine' and m.state = 'clear' and k.egfr >= l.kidney_seen_well and e.patient is null
  group by m.patient, k.t
)
select j.patient, j.row, j.t,
       case when j.is_risen = 1 then 'blocks'
            when j.is_risen = 0 then 'clear' end as state
from judged j
left join doubts d on d.patient = j.patient
where j.is_risen = 1 or d.patient is null
union all
select u.patient, u.row, u.t, 'clear' as state
from urine u
left join judged j on j.patient = u.patient
left join doubts d on d.patient = u.patient
where j.patient is null and d.patient is null
