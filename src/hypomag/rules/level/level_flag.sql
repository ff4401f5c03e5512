-- How far the deciding result can be trusted, and what it hides. One row a flag with the fact it rests on.
with near as (
  select c.patient, c.analyte, c.row, c.canonical_low, c.canonical_high
  from companion c
),
aged as (
  select a.patient, a.as_of, d.row, d.t, d.comparator, d.remark, d.canonical, d.family, d.low, d.profile
  from asked a
  join deciding d on d.patient = a.patient
)
select d.patient, 'old' as flag, d.row
from aged d
cross join limits l
where d.t < d.as_of - l.stale_after
union all
select d.patient, d.remark as flag, d.row
from aged d
where d.remark in ('preliminary', 'corrected')
union all
select d.patient, 'interval' as flag, d.row
from aged d
where d.comparator <> ''
union all
select d.patient, 'repeats_disagree' as flag, m.row
from aged d
cross join limits l
join magnesium_reading m on m.patient = d.patient and m.why_not is null
where m.t >= d.t - l.repeat_window
  and (m.canonical > d.canonical + l.repeat_difference or m.canonical < d.canonical - l.repeat_difference)
union all
select o.patient, 'haemolysed' as flag, o.row
from aged d
join observations o on o.patient = d.patient and o.row = d.row
join said s on s.kind = 'notes' and s.text = o.note and s.concept = 'haemolysed' and s.negated = 0
union all
select d.patient, 'low_albumin' as flag, n.row
from aged d
cross join limits l
join near n on n.patient = d.patient and n.analyte = 'albumin' and n.canonical_high < l.albumin_hides
union all
select d.patient, 'edta_pattern' as flag, k.row
from aged d
cross join limits l
join near k on k.patient = d.patient and k.analyte = 'potassium' and k.canonical_low > l.edta_potassium
join near c on c.patient = d.patient and c.analyte = 'calcium' and c.canonical_high < l.edta_calcium
union all
select d.patient, 'drip_arm_pattern' as flag, g.row
from aged d
cross join limits l
join near g on g.patient = d.patient and g.analyte = 'glucose' and g.canonical_low >= l.drip_glucose
join near k on k.patient = d.patient and k.analyte = 'potassium' and k.canonical_high < l.drip_potassium
join near c on c.patient = d.patient and c.analyte = 'calcium' and c.canonical_high < l.drip_calcium
union all
select d.patient, 'after_magnesium' as flag, min(g.row) as row
from aged d
cross join limits l
join magnesium_given g on g.patient = d.patient and g.is_parenteral = 1
where g.start <= d.t and (g.until >= d.t - l.after_magnesium or g.start >= d.t - l.after_magnesium or g.is_taken = 1)
group by d.patient
union all
select o.patient, 'obstetric_magnesium' as flag, o.row
from obstetric_magnesium o
union all
select d.patient, 'range_refused' as flag, d.row
from aged d
join magnesium_reading m on m.patient = d.patient and m.row = d.row and m.is_range_refused = 1
union all
select d.patient, 'laboratory_says_otherwise' as flag, d.row
from aged d
join measured m on m.patient = d.patient and m.row = d.row and m.analyte = 'magnesium'
join interpretations i on i.flag = m.flag
join level v on v.patient = d.patient and v.status in ('low', 'normal', 'high') and v.status <> i.status
union all
select u.patient, 'unreadable' as flag, u.row
from magnesium_unreadable u
union all
select o.patient, 'ordered_no_result' as flag, o.row
from magnesium_ordered o
union all
select o.patient, 'contradictory_test' as flag, o.row
from observations o
join test_kind k on k.system = o.system and k.code = o.code and k.text = o.text and k.specimen = o.specimen
where k.why_not in ('two_tests', 'two_specimens') and (k.code_substance = 'magnesium' or k.text_substance = 'magnesium')
union all
select d.patient, 'age_unknown' as flag, d.row
from aged d
left join age g on g.patient = d.patient
left join patients p on p.patient = d.patient
left join ranges r on r.profile = d.profile and r.family = d.family and r."by" = 'age'
where (g.patient is null or d.t < p.birth) and d.profile <> 'laboratory' and r.profile is null
union all
select d.patient, 'profile_not_applied' as flag, d.row
from aged d
join choice c on c.profile <> '' and c.profile <> d.profile
union all
select d.patient, 'pregnancy_range_not_applied' as flag, d.row
from aged d
join patients p on p.patient = d.patient and p.pregnant = 1
where d.profile <> 'laboratory'
union all
select d.patient, 'below_target' as flag, min(g.row) as row
from aged d
cross join limits l
join level v on v.patient = d.patient and v.is_low = 0
join guarded g on g.patient = d.patient
where (d.family = 'mass' and d.low < l.target_mass) or (d.family = 'moles' and d.low < l.target_moles)
group by d.patient
union all
select d.patient, 'normal_does_not_exclude' as flag, min(r.row) as row
from aged d
join level v on v.patient = d.patient and v.status = 'normal'
join depletion_risk r on r.patient = d.patient
group by d.patient
