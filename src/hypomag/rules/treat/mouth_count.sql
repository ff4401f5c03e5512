-- A day's magnesium by mouth in whole tablets or sachets: of the salt the plan names, or, for a grown person where it names
-- none, of each salt worth naming. Never more than the amount that is left; its low end rounded up to a whole one where
-- that fits; divided into as many doses as the source says.
with whole as (
  select h.patient, h.plan, k.salt, k.mmol_high as each_mmol,
         case when t.doses_per_day_high is not null then t.doses_per_day_high
              when t.doses_per_day_high is null then l.mouth_doses end as times_most,
         cast(floor((h.mouth_low + k.mmol_high - 1) / k.mmol_high) as bigint) as count_least,
         cast(floor(h.mouth_high / k.mmol_high) as bigint) as count_high
  from plan_held h
  join plan_open o on o.patient = h.patient and o.plan = h.plan and o.way = 'po'
  join regimen t on t.treatment = o.treatment
  cross join limits l
  join salts k on k.mmol_high is not null and k.unit is not null
  left join age g on g.patient = h.patient
  where k.salt = o.salt or (o.salt is null and k.offer = 1 and g.years >= l.adult_from)
),
fitting as (
  select w.patient, w.plan, w.salt, w.each_mmol, w.times_most, w.count_high,
         case when w.count_least <= w.count_high then w.count_least
              when w.count_least > w.count_high then w.count_high end as count_low
  from whole w
  where w.count_high >= 1
)
select f.patient, f.plan, f.salt, f.count_low, f.count_high, f.count_low * f.each_mmol as mmol_low,
       f.count_high * f.each_mmol as mmol_high,
       case when f.count_low < f.times_most then f.count_low when f.count_low >= f.times_most then f.times_most end as times_low,
       case when f.count_high < f.times_most then f.count_high when f.count_high >= f.times_most then f.times_most end as times_high
from fitting f
