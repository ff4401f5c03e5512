-- What a plan may be made of, side by side: the treatments as published, and the bands of the protocol asked for.
select t.treatment, t.salt, t.grams_low, t.grams_high, t.mg_per_kg_low, t.mg_per_kg_high, t.mmol_low, t.mmol_high,
       t.mmol_day_low, t.mmol_day_high, t.meq_day_low, t.meq_day_high, t.elemental_mg_day_low, t.elemental_mg_day_high,
       t.mmol_per_kg_low, t.mmol_per_kg_high, t.mmol_per_kg_day_low, t.mmol_per_kg_day_high, t.doses_per_day_low,
       t.doses_per_day_high, t.minutes_low, t.minutes_high, t.rate_max_g_per_h, t.dose_max_g, t.course_max_g,
       t.doses_max, t.interval_minutes_low as interval_low, t.interval_minutes_high as interval_high,
       t.dilution_ml_low as volume_ml, t.specialist, null as renal_egfr_below, null as renal_factor,
       t.dose_text as published, t.protocol, t.source, t.standing
from treatments t
union all
select b.treatment, b.salt, b.grams_low, b.grams as grams_high, null as mg_per_kg_low, null as mg_per_kg_high,
       null as mmol_low, null as mmol_high, b.mmol_day_low, b.mmol_day as mmol_day_high, null as meq_day_low,
       null as meq_day_high, null as elemental_mg_day_low, null as elemental_mg_day_high, null as mmol_per_kg_low,
       null as mmol_per_kg_high, null as mmol_per_kg_day_low, null as mmol_per_kg_day_high, null as doses_per_day_low,
       case when b.way = 'po' then b.doses end as doses_per_day_high, b.hours as minutes_low, b.hours as minutes_high,
       b.rate_g_per_h as rate_max_g_per_h, b.grams as dose_max_g, b.course_max_g, case when b.way <> 'po' and b.doses is null then 1 when b.way <> 'po' then b.doses end as doses_max,
       b.interval_hours as interval_low, b.interval_hours as interval_high, b.volume_ml, 0 as specialist,
       b.renal_egfr_below, b.renal_factor, b.action as published, b.name as protocol, b.source, b.standing
from protocol_bands b
