-- Why magnesium may be low in a patient in whom it was never measured: where the patient is looked after and how old (of
-- these the one where most are low), the causes that the record tells of, and low potassium, low calcium or kidney
-- disease. excess: what each adds.
with unmeasured as (
  select v.patient, a.as_of
  from level v
  join asked a on a.patient = v.patient
  where v.status = 'not_measured'
),
told as (
  select u.patient, 'community' as about, 'setting' as kind, p.row, s.one as counts
  from unmeasured u
  join patients p on p.patient = u.patient
  cross join scale s
  union all
  select u.patient, 'aged' as about, 'setting' as kind, p.row, s.one as counts
  from unmeasured u
  join patients p on p.patient = u.patient
  join age g on g.patient = u.patient
  join age_bands b on b.value = 'old' and g.days >= b.from_days
  cross join scale s
  union all
  select u.patient, 'hospital' as about, 'setting' as kind, e.row, s.one as counts
  from unmeasured u
  join encounters e on e.patient = u.patient and (e.until is null or e.until >= u.as_of)
  left join precisions w on w.start_precision = e.start_precision and e.start - w.half_width <= u.as_of
  join care_settings c on c.class = e.class and c.is_hospital = 1
  cross join scale s
  where e.start <= u.as_of or w.half_width is not null
  union all
  select u.patient, p.concept as about, case when p.concept = 'intensive_care' then 'setting'
         when p.concept <> 'intensive_care' then 'concept' end as kind, p.row, s.one as counts
  from unmeasured u
  join present p on p.patient = u.patient
  cross join scale s
  union all
  select u.patient, c.concept as about, 'concept' as kind, r.row, s.one as counts
  from unmeasured u
  join companion r on r.patient = u.patient and r.status in ('low', 'severely_low')
  join finding_tests t on t.analyte = r.analyte
  join finding_concepts c on c.finding = t.finding and c.value = 'low'
  cross join scale s
  union all
  select u.patient, t.cause as about, 'cause' as kind, t.row, t.counts
  from unmeasured u
  join cause_told t on t.patient = u.patient
),
ranked as (
  select t.patient, k.risk, t.row, t.counts, k.excess, k.excess_low, k.excess_high, k.source,
         row_number() over (
           partition by t.patient, case when t.kind = 'setting' then 'setting' when t.kind <> 'setting' then k.risk end
           order by k.excess * t.counts desc, t.row) as nth
  from told t
  join risk_excess k on k.about = t.about and k.kind = t.kind
)
select r.patient, r.risk, r.row, cast(floor(r.excess * w.as_real * r.counts / s.one) as bigint) as excess,
       cast(floor(r.excess_low * w.as_real * r.counts / s.one) as bigint) as excess_low,
       cast(floor(r.excess_high * w.as_real * r.counts / s.one) as bigint) as excess_high, r.source
from ranked r
cross join scale s
cross join why_scale w
where r.nth = 1
