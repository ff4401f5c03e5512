-- The newest results of serum total magnesium that can be read: one as a rule, several where times known only to the
-- day, month or year do not say which is the newer. Of one moment a corrected result stands before a final one, a final
-- one before a preliminary one.
with readable as (
  select m.patient, m.row, m.t, m.earliest, m.latest, s.rank
  from magnesium_reading m
  join remarks s on s.remark = m.remark
  where m.why_not is null or m.why_not = 'worded'
),
newest as (
  select r.patient, max(r.earliest) as earliest
  from readable r
  group by r.patient
),
best as (
  select r.patient, r.t, max(r.rank) as rank
  from readable r
  group by r.patient, r.t
)
select r.patient, r.row, r.t, n.earliest
from readable r
join newest n on n.patient = r.patient and (r.latest > n.earliest or r.t >= n.earliest)
join best b on b.patient = r.patient and b.t = r.t and b.rank = r.rank
