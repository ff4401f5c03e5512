-- Ordered, never resulted: serum magnesium was asked for, and no result answers the order or follows within the time
-- allowed. Unknown while that time is not over, and for an order without a date.
with results as (
  select s.patient, s.row, s.t, o.order_ref
  from magnesium_status s
  join observations o on o.patient = s.patient and o.row = s.row
),
answers_to as (
  select m.patient, m.row, min(r.row) as answer
  from magnesium_order m
  cross join limits l
  join results r on r.patient = m.patient
    and (r.order_ref = m.source_ref or (r.t >= m.start and r.t <= m.start + l.resulted_within))
  group by m.patient, m.row
)
select m.patient, 'never_resulted' as gap, m.row,
       case when r.answer is not null then 0
            when a.as_of < m.start + l.resulted_within then null
            when m.start is not null then 1 end as holds,
       case when r.answer is not null then null
            when m.start is null then 'no_time'
            when a.as_of < m.start + l.resulted_within then 'too_early' end as why_unknown
from magnesium_order m
join asked a on a.patient = m.patient
cross join limits l
left join answers_to r on r.patient = m.patient and r.row = m.row
