-- Every cause that the record tells of, each with its fact and how far it counts (in whole 1/10000): a disease nearly in full,
-- a sign of one by how likely it means it, a drug less before its onset and less the longer it has been stopped.
with diseases as (
  select p.patient, c.cause, c.cause as named, p.row, w.recorded as counts, null as dose
  from present p
  join causes c on c.cause = p.concept and c.never_a_cause = 0
  cross join why_scale w
  union all
  select p.patient, g.cause, p.concept as named, p.row, g.presence as counts, null as dose
  from present p
  join cause_signals g on g.concept = p.concept
  join anchor n on n.patient = p.patient
  where g.within is null or p.start is null or p.start >= n.t - g.within
),
timed as (
  select d.patient, d.row, d.named, d.cause, d.factor, d.onset, d.recovery, d.is_lasting, d.is_taken, d.until, d.dose,
         n.t - d.start as taken_for, n.t - d.until as stopped_for
  from cause_drug d
  join anchor n on n.patient = d.patient
),
drugs_counting as (
  select t.patient, t.cause, t.named, t.row, t.factor, t.dose,
         case when t.taken_for < 0 then 0
              when t.taken_for < t.onset then cast(floor(t.taken_for * s.one * w.as_real / t.onset) as bigint)
              when t.taken_for is null or t.onset is null or t.taken_for >= t.onset then s.one end as begun,
         case when t.is_taken = 1 or t.is_lasting = 1 or t.stopped_for <= 0 then s.one
              when t.is_taken = 0 and t.until is null then w.unknown_stop
              when t.is_taken = 0 and t.stopped_for >= t.recovery then 0
              when t.is_taken = 0 and t.stopped_for < t.recovery
              then s.one - cast(floor(t.stopped_for * s.one * w.as_real / t.recovery) as bigint) end as left_over
  from timed t
  cross join scale s
  cross join why_scale w
)
select d.patient, d.cause, d.named, d.row, d.counts, d.dose
from diseases d
union all
select d.patient, d.cause, d.named, d.row,
       cast(floor(d.factor * d.begun * w.as_real / s.one * d.left_over / s.one) as bigint) as counts,
       d.dose
from drugs_counting d
cross join scale s
cross join why_scale w
where d.begun > 0 and d.left_over > 0
