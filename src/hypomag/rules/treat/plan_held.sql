-- The amount of each plan that its guards leave: halved, held to the dose before a level, to the dose the treatment
-- allows at most and to what the day has room for; grams cut down to whole hundredths. Unknown where it is withheld.
with halved as (
  select a.patient, a.plan, o.way, o.treatment, x.is_limited,
         case when x.is_half = 1 then cast(floor(a.grams_low * s.half) as bigint) when x.is_half = 0 then a.grams_low end as grams_low,
         case when x.is_half = 1 then cast(floor(a.grams_high * s.half) as bigint) when x.is_half = 0 then a.grams_high end as grams_high,
         case when x.is_half = 1 then cast(floor(a.mouth_low * s.half) as bigint) when x.is_half = 0 then a.mouth_low end as mouth_low,
         case when x.is_half = 1 then cast(floor(a.mouth_high * s.half) as bigint) when x.is_half = 0 then a.mouth_high end as mouth_high
  from plan_amount a
  join plan_open o on o.patient = a.patient and o.plan = a.plan
  join plan_limit x on x.patient = a.patient and x.plan = a.plan and x.is_forbidden = 0 and x.is_withheld = 0
  cross join scale s
),
roofs as (
  select h.patient, h.plan, h.grams_low, h.grams_high, h.mouth_low, h.mouth_high, r.mouth_mmol,
         case when t.dose_max_g is not null then t.dose_max_g when t.dose_max_g is null then z.largest end as dose_roof,
         case when h.is_limited = 1 then b.grams when h.is_limited = 0 then z.largest end as kidney_roof,
         case when h.way in ('iv', 'im', 'sc', 'nutrition') then r.grams
              when h.way in ('emergency', 'emergency_low', 'antidote') then z.largest end as day_roof
  from halved h
  join treatments t on t.treatment = h.treatment
  join magnesium_room r on r.patient = h.patient
  join ceilings b on b.ceiling = 'kidney_before_level'
  cross join scale z
),
lowest as (
  select f.patient, f.plan, f.grams_low, f.grams_high, f.mouth_low, f.mouth_high, f.mouth_mmol,
         case when f.dose_roof <= f.kidney_roof and f.dose_roof <= f.day_roof then f.dose_roof
              when f.kidney_roof <= f.day_roof then f.kidney_roof
              when f.day_roof < f.kidney_roof then f.day_roof end as roof
  from roofs f
)
select w.patient, w.plan,
       case when w.roof <= 0 then null
            when w.grams_low <= w.roof then cast(floor(w.grams_low / 100) as bigint) * 100
            when w.grams_low > w.roof then cast(floor(w.roof / 100) as bigint) * 100 end as grams_low,
       case when w.roof <= 0 then null
            when w.grams_high <= w.roof then cast(floor(w.grams_high / 100) as bigint) * 100
            when w.grams_high > w.roof then cast(floor(w.roof / 100) as bigint) * 100 end as grams_high,
       case when w.mouth_mmol <= 0 then null
            when w.mouth_low <= w.mouth_mmol then w.mouth_low
            when w.mouth_low > w.mouth_mmol then w.mouth_mmol end as mouth_low,
       case when w.mouth_mmol <= 0 then null
            when w.mouth_high <= w.mouth_mmol then w.mouth_high
            when w.mouth_high > w.mouth_mmol then w.mouth_mmol end as mouth_high
from lowest w
