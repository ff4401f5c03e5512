-- Ordered, never resulted: serum magnesium was asked for, and no result answers the order or follows within the time
-- allowed. Unknown while that time is not over, for an order without a date, and where all that came cannot be read.
with results as (
  select m.patient, m.row, m.t, o.order_ref,
         case when m.why_not is null or m.why_not = 'worded' then 1 when w.widens = 1 then 0 end as is_read
  from magnesium_reading m
  left join observations o on o.patient = m.patient and o.row = m.row
  left join why_nots w on w.why_not = m.why_not
),
answers_to as (
  select m.patient, m.row, max(r.is_read) as is_read
  from magnesium_order m
  cross join limits l
  join results r on r.patient = m.patient
    and (r.order_ref = m.source_ref or (r.t >= m.start and r.t <= m.start + l.resulted_within))
  group by m.patient, m.row
)
select m.patient, 'never_resulted' as gap, m.row,
       case when r.is_read = 1 then 0
            when r.is_read = 0 or a.as_of < m.start + l.resulted_within then null
            when m.start is not null then 1 end as holds,
       case when r.is_read = 1 then null
            when r.is_read = 0 then 'unreadable'
            when m.start is null then 'no_time'
            when a.as_of < m.start + l.resulted_within then 'too_early' end as why_unknown
from magnesium_order m
join asked a on a.patient = m.patient
cross join limits l
left join answers_to r on r.patient = m.patient and r.row = m.row
