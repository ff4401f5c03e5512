-- Is serum total magnesium low? One answer a patient: low, normal, high, cannot_tell or not_measured.
with counted as (
  select p.patient, min(p.status) as status, max(p.status) as other,
         min(case when p.status = 'low' then 1 when p.status <> 'low' then 0 end) as all_low,
         max(case when p.status = 'low' then 1 when p.status <> 'low' then 0 end) as any_low
  from level_possible p
  group by p.patient
),
reported as (
  select m.patient, min(m.row) as row
  from magnesium_reading m
  where m.why_not is null or m.why_not not in ('withdrawn', 'future')
  group by m.patient
)
select a.patient,
       case when r.row is null then 'not_measured'
            when c.status = c.other then c.status
            when c.status <> c.other then 'cannot_tell' end as status,
       case when r.row is null then null
            when c.all_low = c.any_low then c.any_low end as is_low,
       d.row, d.t, d.unit, d.family, d.value, d.low, d.high, d.canonical, d.comparator, d.range_low, d.range_high,
       d.profile
from asked a
join counted c on c.patient = a.patient
left join reported r on r.patient = a.patient
left join deciding d on d.patient = a.patient
