-- Every cause that the record tells of, each with its fact and how far it counts (in whole 1/10000): a disease in full,
-- a sign of one by how likely it means it, a drug less before its onset and less the longer it has been stopped.
with diseases as (
  select p.patient, c.cause, c.cause as named, p.row, s.one as counts
  from present p
  join causes c on c.cause = p.concept and c.never_a_cause = 0
  cross join scale s
  union all
  select p.patient, g.cause, p.concept as named, p.row, g.presence as counts
  from present p
  join cause_signals g on g.concept = p.concept
  join anchor n on n.patient = p.patient
  where g.within is null or p.start is null or p.start >= n.t - g.within
),
effects_told as (
  select d.patient, d.row, d.drug, d.is_taken, d.start, d.until, e.cause, e.strength, e.only_with,
         case when e.onset_days_low is not null then e.onset_days_low
              when e.onset_days_low is null then c.onset_days_low end as onset,
         case when e.recovery_days_high is not null then e.recovery_days_high
              when e.recovery_days_high is null and c.recovery_days_high is not null then c.recovery_days_high
              when e.recovery_days_high is null and c.recovery_days_high is null then w.far end as recovery
  from drug_taken d
  join drug_effects e on e.drug = d.drug and e.effect = 'lowers'
  join causes c on c.cause = e.cause and c.never_a_cause = 0
  cross join why_scale w
),
effects as (
  select e.patient, e.row, e.drug, e.is_taken, e.start, e.until, e.cause, e.strength, e.onset, e.recovery
  from effects_told e
  where e.only_with is null
  union all
  select e.patient, e.row, e.drug, e.is_taken, e.start, e.until, e.cause, e.strength, e.onset, e.recovery
  from effects_told e
  join present p on p.patient = e.patient and p.concept = e.only_with
),
timed as (
  select e.patient, e.row, e.drug, e.cause, f.factor, e.onset, e.recovery, l.cause as lasting,
         n.t - (e.start - k.half_width) as taken_for,
         case when e.is_taken = 0 and e.until is null then w.unknown_stop end as stopped_unknown,
         case when e.is_taken = 0 and e.until > n.t then 0
              when e.is_taken = 0 and e.until <= n.t then n.t - e.until
              when e.is_taken = 1 then 0 end as stopped_for
  from effects e
  join anchor n on n.patient = e.patient
  join medications m on m.patient = e.patient and m.row = e.row
  join strengths f on f.strength = e.strength
  cross join why_scale w
  left join lasting_drug_causes l on l.cause = e.cause
  left join precisions k on k.start_precision = m.start_precision
),
drugs_counting as (
  select t.patient, t.cause, t.drug as named, t.row, t.factor,
         case when t.taken_for < 0 then 0
              when t.taken_for < t.onset then cast(floor(t.taken_for * s.one * w.as_real / t.onset) as bigint)
              when t.taken_for is null or t.onset is null or t.taken_for >= t.onset then s.one end as begun,
         case when t.lasting is not null then s.one
              when t.stopped_unknown is not null then t.stopped_unknown
              when t.stopped_for >= t.recovery then 0
              when t.stopped_for > 0 then s.one - cast(floor(t.stopped_for * s.one * w.as_real / t.recovery) as bigint)
              when t.stopped_for = 0 then s.one end as left_over
  from timed t
  cross join scale s
  cross join why_scale w
)
select d.patient, d.cause, d.named, d.row, d.counts
from diseases d
union all
select d.patient, d.cause, d.named, d.row,
       cast(floor(d.factor * d.begun * w.as_real / s.one * d.left_over / s.one) as bigint) as counts
from drugs_counting d
cross join scale s
cross join why_scale w
where d.begun > 0 and d.left_over > 0
