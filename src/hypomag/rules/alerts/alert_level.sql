-- What the patient's state alone says aloud: how urgent, low, high, not to be told, long ago, never measured, and low with
-- nothing ordered to look again. Magnesium running for pre-eclampsia silences what speaks of a low level.
with obstetric as (
  select a.patient, max(case when q.patient is not null then 1 when q.patient is null then 0 end) as is_obstetric
  from asked a
  left join obstetric_magnesium q on q.patient = a.patient
  group by a.patient
),
state as (
  select v.patient, v.row, v.status, v.is_low, n.is_low as is_low_now, u.tier, o.is_obstetric
  from level v
  join low_now n on n.patient = v.patient
  join urgency u on u.patient = v.patient
  join obstetric o on o.patient = v.patient
)
select s.patient, s.tier as alert, s.row
from state s
where s.tier in ('emergency', 'same_day') and s.status <> 'normal'
union all
select s.patient, 'high' as alert, s.row
from state s
where s.status = 'high' and s.tier not in ('emergency', 'same_day') and s.is_obstetric = 0
union all
select s.patient, 'low' as alert, s.row
from state s
where s.is_low_now = 1 and s.tier not in ('emergency', 'same_day') and s.is_obstetric = 0
union all
select s.patient, 'low_long_ago' as alert, s.row
from state s
where s.is_low = 1 and s.is_low_now is null and s.tier not in ('emergency', 'same_day') and s.is_obstetric = 0
union all
select s.patient, 'cannot_tell' as alert, s.row
from state s
where s.status = 'cannot_tell' and s.tier not in ('emergency', 'same_day')
union all
select s.patient, 'never_tested' as alert, t.row
from state s
join test_reason t on t.patient = s.patient and t.nth = 1
where s.status = 'not_measured' and s.tier not in ('emergency', 'same_day')
union all
select s.patient, 'low_no_recheck' as alert, s.row
from state s
left join recheck_ordered m on m.patient = s.patient
where s.is_low_now = 1 and m.patient is null and s.is_obstetric = 0
