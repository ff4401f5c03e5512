-- The amount of each plan that its guards leave, held under its roof and to what the day has room for by mouth; grams
-- cut down to whole hundredths. Unknown where nothing is left.
select h.patient, h.plan,
       case when f.grams <= 0 then null
            when h.grams_low <= f.grams then cast(floor(h.grams_low / 100) as bigint) * 100
            when h.grams_low > f.grams then cast(floor(f.grams / 100) as bigint) * 100 end as grams_low,
       case when f.grams <= 0 then null
            when h.grams_high <= f.grams then cast(floor(h.grams_high / 100) as bigint) * 100
            when h.grams_high > f.grams then cast(floor(f.grams / 100) as bigint) * 100 end as grams_high,
       case when r.mouth_mmol <= 0 then null
            when h.mouth_low <= r.mouth_mmol then h.mouth_low
            when h.mouth_low > r.mouth_mmol then r.mouth_mmol end as mouth_low,
       case when r.mouth_mmol <= 0 then null
            when h.mouth_high <= r.mouth_mmol then h.mouth_high
            when h.mouth_high > r.mouth_mmol then r.mouth_mmol end as mouth_high
from plan_share h
join plan_roof f on f.patient = h.patient and f.plan = h.plan
join magnesium_room r on r.patient = h.patient
