-- Every reason to act that holds (1) or may hold (unknown), with the tier it asks for. What does not hold asks for nothing
-- and is left out: of some twenty reasons looked at in every patient hardly one is kept.
-- Low magnesium of unknown depth (a result in words, a bound) is taken for clearly low.
with low_bands as (
  select b.patient, b.row,
         case when b.level = 'clearly_low' and b.holds is null and w.is_low = 1 then 'low_depth_unknown'
              when b.level = 'very_low' or b.holds is not null or w.is_low is null or w.is_low = 0
              then b.level end as level,
         case when w.is_low = 1 and b.level = 'clearly_low' and b.holds is null then 1
              when o.patient is not null then 0
              when o.patient is null then b.holds end as holds
  from magnesium_band b
  join low_for_urgency w on w.patient = b.patient
  left join obstetric_magnesium o on o.patient = b.patient
  where b.level in ('very_low', 'clearly_low')
),
high_bands as (
  select b.patient, b.level, b.row,
         case when o.patient is not null and b.level = 'toxic' then 0
              when o.patient is null or b.level <> 'toxic' then b.holds end as holds
  from magnesium_band b
  left join obstetric_magnesium o on o.patient = b.patient
  where b.level in ('toxic', 'dangerous_high')
),
judged as (
  select s.patient, s.concept as criterion, 'red_flag' as kind, f.tier, 1 as holds, s.row, f.source, f.standing
  from sign s
  join red_flags f on f.concept = s.concept
  union all
  select s.patient, s.concept as criterion, 'sign_with_low' as kind, y.urgency as tier, w.is_low as holds, s.row,
         y.source, y.standing
  from sign s
  join symptoms y on y.symptom = s.concept and (y.red_flag = 1 or y.urgency = 'same_day')
  join low_for_urgency w on w.patient = s.patient
  union all
  select s.patient, s.concept as criterion, 'suspected' as kind, f.tier, null as holds, s.row, f.source, f.standing
  from suspected_sign s
  join red_flags f on f.concept = s.concept
  union all
  select s.patient, s.concept as criterion, 'suspected' as kind, y.urgency as tier,
         case when w.is_low = 0 then 0 end as holds, s.row, y.source, y.standing
  from suspected_sign s
  join symptoms y on y.symptom = s.concept and (y.red_flag = 1 or y.urgency = 'same_day')
  join low_for_urgency w on w.patient = s.patient
  union all
  select b.patient, b.level as criterion, 'magnesium' as kind, u.tier, b.holds, b.row, u.source, u.standing
  from low_bands b
  join urgent_tiers u on u.level = b.level
  union all
  select b.patient, b.level as criterion, 'magnesium' as kind, u.tier, b.holds, b.row, u.source, u.standing
  from high_bands b
  join urgent_tiers u on u.level = b.level
  union all
  select w.patient, 'low' as criterion, 'magnesium' as kind, u.tier, w.is_low as holds, w.row, u.source, u.standing
  from low_for_urgency w
  join urgent_tiers u on u.level = 'low'
  union all
  select b.patient, g.what as criterion, 'aggravated' as kind, u.tier,
         case when b.holds = 0 or g.holds = 0 then 0
              when b.holds = 1 and g.holds = 1 then 1 end as holds,
         g.row, u.source, u.standing
  from low_bands b
  join aggravated g on g.patient = b.patient
  join urgent_tiers u on u.level = 'clearly_low_aggravated'
  where b.level in ('clearly_low', 'low_depth_unknown')
  union all
  select w.patient, d.drug as criterion, 'drug_with_low' as kind, u.tier, w.is_low as holds, d.row, u.source, u.standing
  from low_for_urgency w
  join guarded_drug d on d.patient = w.patient
  join urgent_tiers u on u.level = 'low_with_drug'
  union all
  select w.patient, 'infant' as criterion, 'infant' as kind, u.tier, w.is_low as holds, w.row, u.source, u.standing
  from low_for_urgency w
  join age g on g.patient = w.patient
  cross join limits l
  cross join scale s
  join urgent_tiers u on u.level = 'low_infant'
  where g.days * s.day < l.infant_until
  union all
  select v.patient, v.analyte as criterion, 'companion' as kind, v.tier, v.holds, v.row, v.source, v.standing
  from severe v
)
select j.patient, j.criterion, j.kind, j.tier, j.holds, j.row, j.source, j.standing
from judged j
where j.holds is null or j.holds = 1
