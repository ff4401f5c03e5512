-- What has to be reckoned for a guard: level, kidney, magnesium already given, age, drugs taken.
with doubted as (
  select f.patient, min(f.row) as row
  from level_flag f
  where f.flag in ('edta_pattern', 'drip_arm_pattern')
  group by f.patient
),
mouth as (
  select d.patient, d.row, d.mouth_mmol, d.is_mouth_known,
         case when k.egfr < l.kidney_half then cast(floor(c.elemental_mg * s.one * s.half / l.mg_per_mmol) as bigint)
              when k.egfr is null or k.egfr >= l.kidney_half then cast(floor(c.elemental_mg * s.one / l.mg_per_mmol) as bigint)
              end as most
  from magnesium_day d
  join ceilings c on c.ceiling = 'oral_day'
  cross join limits l
  cross join scale s
  left join kidney k on k.patient = d.patient
)
select v.patient, 'high_magnesium' as guard, v.row,
       case when v.status = 'high' then 'blocks' when v.is_low = 1 or v.status = 'normal' then 'clear' end as state
from level v
where v.status in ('high', 'low', 'normal')
union all
select o.patient, 'obstetric' as guard, o.row, 'blocks' as state
from obstetric_magnesium o
union all
select d.patient, 'magnesium_recent' as guard, d.row,
       case when d.t >= f.since then 'clear' when d.t < f.since then 'blocks' end as state
from deciding d
join fresh_since f on f.patient = d.patient
union all
select d.patient, 'magnesium_current' as guard, d.row,
       case when d.t >= a.as_of - l.stale_after then 'clear' when d.t < a.as_of - l.stale_after then 'blocks' end as state
from deciding d
join asked a on a.patient = d.patient
cross join limits l
union all
select d.patient, 'sample_doubt' as guard, d.row, 'blocks' as state
from doubted d
union all
select d.patient, 'sample_doubt' as guard, d.row, 'clear' as state
from deciding d
union all
select k.patient, 'creatinine_recent' as guard, k.row, 'clear' as state
from kidney k
where k.is_recent = 1
union all
select k.patient, 'creatinine_known' as guard, k.row, 'clear' as state
from kidney k
where k.is_known = 1
union all
select k.patient, 'kidney_below_30' as guard, k.row,
       case when k.egfr < l.kidney_half then 'blocks' when k.egfr >= l.kidney_half then 'clear' end as state
from kidney k
cross join limits l
union all
select k.patient, 'kidney_below_15' as guard, k.row,
       case when k.egfr < l.kidney_none then 'blocks' when k.egfr >= l.kidney_none then 'clear' end as state
from kidney k
cross join limits l
union all
select i.patient, 'kidney_injury' as guard, i.row, i.state
from kidney_injury i
union all
select k.patient, 'dialysis' as guard, k.row, 'clear' as state
from kidney k
cross join limits l
where k.is_recent = 1 and k.egfr >= l.kidney_half
union all
select m.patient, 'magnesium_day' as guard, m.row,
       case when m.mmol >= c.mmol then 'blocks' when m.mmol < c.mmol then 'clear' end as state
from magnesium_day m
join ceilings c on c.ceiling = 'iv_day_published'
where m.is_known = 1 or m.mmol >= c.mmol
union all
select m.patient, 'magnesium_mouth' as guard, m.row,
       case when m.mouth_mmol >= m.most then 'blocks' when m.mouth_mmol < m.most then 'clear' end as state
from mouth m
where m.is_mouth_known = 1 or m.mouth_mmol >= m.most
union all
select g.patient, 'age_known' as guard, null as row, 'clear' as state
from age g
union all
select w.patient, 'weight_known' as guard, w.row, 'clear' as state
from weight w
union all
select p.patient, 'new_heart_block' as guard, p.row, 'blocks' as state
from present p
join asked a on a.patient = p.patient
cross join limits l
where p.concept = 'heart_block' and (p.start is null or p.start >= a.as_of - l.new_block_lasts)
union all
select b.patient, 'new_heart_block' as guard, b.row, 'clear' as state
from guard_told b
where b.guard = 'heart_block' and b.state = 'clear'
union all
select p.patient, 'new_heart_block' as guard, p.row, 'clear' as state
from present p
join asked a on a.patient = p.patient
cross join limits l
where p.concept = 'heart_block' and p.start < a.as_of - l.new_block_lasts
union all
select t.patient, 'muscle_relaxant' as guard, t.row, 'blocks' as state
from drug_taken t
join interactions i on i.drug = t.drug and i.mg_route = 'parenteral' and i.kind = 'neuromuscular'
where t.is_taken = 1
union all
select t.patient, 'digoxin' as guard, t.row, 'blocks' as state
from drug_taken t
where t.drug = 'digoxin' and t.is_taken = 1
union all
select p.patient, 'pregnancy' as guard, p.row, case when p.pregnant = 1 then 'blocks' when p.pregnant = 0 then 'clear' end as state
from patients p
where p.pregnant is not null
