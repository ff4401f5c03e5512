-- Readings of magnesium of whoever had a low one, in the order of time, each with the number of the low episode it belongs
-- to or ends. A new episode starts at a low value after one that is not low, or after too long without a value.
with ever_low as (
  select s.patient
  from magnesium_status s
  where s.is_low = 1
  group by s.patient
),
following as (
  select s.patient, s.row, s.t, s.canonical, s.canonical_low, s.canonical_high, s.is_low,
         lag(s.is_low) over (partition by s.patient order by s.t, s.row) as was_low,
         lag(s.t) over (partition by s.patient order by s.t, s.row) as before
  from magnesium_status s
  join ever_low e on e.patient = s.patient
  where s.is_low is not null
),
opened as (
  select f.patient, f.row, f.t, f.canonical, f.canonical_low, f.canonical_high, f.is_low,
         case when f.is_low = 0 then 0
              when f.was_low = 1 and f.t - f.before <= l.episode_gap then 0
              when f.was_low is null or f.was_low = 0 or f.t - f.before > l.episode_gap then 1 end as opens
  from following f
  cross join limits l
)
select o.patient, o.row, o.t, o.canonical, o.canonical_low, o.canonical_high, o.is_low,
       cast(sum(o.opens) over (
         partition by o.patient order by o.t, o.row rows between unbounded preceding and current row
       ) as bigint) as episode
from opened o
