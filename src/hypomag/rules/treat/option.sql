-- What a clinician may choose from: each plan that nothing forbids, with its amounts, how fast, how often. An amount
-- that the guards withhold is unknown. A dose is repeated only where no guard asks for a level first and the day has
-- room for all of it; doses whose interval nobody gives may all fall in one day.
with timed as (
  select o.patient, o.plan, o.scenario, o.way, o.place, o.treatment, o.salt, o.row, x.is_withheld, x.is_once, x.is_half, x.is_limited,
         h.grams_low, h.grams_high, h.mouth_low, h.mouth_high, t.interval_low, t.interval_high, r.grams as room, t.volume_ml, t.doses_per_day_high as per_day, t.specialist, t.published, t.protocol,
         t.source, t.standing, f.is_own_share,
         case when t.doses_max is not null then t.doses_max
              when h.grams_high > 0 then cast(floor(t.course_max_g / h.grams_high) as bigint) end as doses_most,
         case when t.minutes_low is not null then t.minutes_low
              when t.minutes_low is null then cast(floor(h.grams_high * l.hour / t.rate_max_g_per_h) as bigint) end as fastest,
         case when t.minutes_high is not null then t.minutes_high
              when t.minutes_high is null then cast(floor(h.grams_high * l.hour / t.rate_max_g_per_h) as bigint) end as slowest
  from plan_open o
  join plan_limit x on x.patient = o.patient and x.plan = o.plan and x.is_forbidden = 0
  join regimen t on t.treatment = o.treatment
  join magnesium_room r on r.patient = o.patient
  cross join limits l
  left join plan_held h on h.patient = o.patient and h.plan = o.plan
  left join plan_share f on f.patient = o.patient and f.plan = o.plan
  where o.way <> 'any'
),
repeated as (
  select d.patient, d.plan,
         case when d.interval_low is null then d.doses_most
              when d.doses_most <= cast(floor((s.day - 1) / d.interval_low) as bigint) + 1 then d.doses_most
              when d.doses_most > cast(floor((s.day - 1) / d.interval_low) as bigint) + 1
              then cast(floor((s.day - 1) / d.interval_low) as bigint) + 1 end as day_doses
  from timed d
  cross join scale s
)
select d.patient, d.plan, d.scenario, d.way, d.place, d.treatment, d.salt, d.row, d.is_withheld, d.is_half, d.is_limited, d.is_once,
       d.grams_low, d.grams_high, d.mouth_low, d.mouth_high, d.fastest, d.slowest,
       cast(floor(d.grams_high * l.hour / d.fastest) as bigint) as grams_per_hour,
       case when d.doses_most is null or d.is_once = 1 then 1
            when d.way in ('emergency', 'emergency_low', 'antidote') then d.doses_most
            when q.day_doses * d.grams_high <= d.room then d.doses_most
            when q.day_doses * d.grams_high > d.room then 1 end as doses,
       d.interval_low, d.interval_high, d.volume_ml, d.per_day, d.specialist, d.is_own_share, d.published, d.protocol, d.source,
       d.standing
from timed d
join repeated q on q.patient = d.patient and q.plan = d.plan
cross join limits l
