-- Why magnesium may be low in a patient in whom it was never measured: where the patient is looked after and how old, the
-- causes that the record tells of, and low potassium, low calcium or kidney disease. excess: what each adds.
with unmeasured as (
  select v.patient, a.as_of
  from level v
  join asked a on a.patient = v.patient
  where v.status = 'not_measured'
),
places as (
  select u.patient, 'community' as about, p.row
  from unmeasured u
  join patients p on p.patient = u.patient
  union all
  select u.patient, 'aged' as about, p.row
  from unmeasured u
  join patients p on p.patient = u.patient
  join age g on g.patient = u.patient
  join age_bands b on b.value = 'old' and g.days >= b.from_days
  union all
  select u.patient, 'hospital' as about, min(e.row) as row
  from unmeasured u
  join encounters e on e.patient = u.patient and e.start <= u.as_of and (e.until is null or e.until >= u.as_of)
  join care_settings c on c.class = e.class and c.is_hospital = 1
  group by u.patient
  union all
  select u.patient, 'intensive_care' as about, min(p.row) as row
  from unmeasured u
  join present p on p.patient = u.patient and p.concept = 'intensive_care'
  group by u.patient
),
ranked as (
  select h.patient, k.risk, h.row, k.excess, k.excess_low, k.excess_high, k.source,
         row_number() over (partition by h.patient order by k.excess desc, h.row) as nth
  from places h
  join risk_excess k on k.about = h.about and k.kind = 'setting'
),
states as (
  select u.patient, p.concept as about, p.row
  from unmeasured u
  join present p on p.patient = u.patient
  union all
  select u.patient, c.concept as about, r.row
  from unmeasured u
  join companion r on r.patient = u.patient and r.status in ('low', 'severely_low')
  join finding_tests t on t.analyte = r.analyte
  join finding_concepts c on c.finding = t.finding and c.value = 'low'
),
likeliest as (
  select t.patient, t.cause, max(t.counts) as counts, min(t.row) as row
  from unmeasured u
  join cause_told t on t.patient = u.patient
  group by t.patient, t.cause
)
select r.patient, r.risk, r.row, r.excess, r.excess_low, r.excess_high, r.source
from ranked r
where r.nth = 1
union all
select t.patient, k.risk, min(t.row) as row, k.excess, k.excess_low, k.excess_high, k.source
from states t
join risk_excess k on k.about = t.about and k.kind = 'concept'
group by t.patient, k.risk, k.excess, k.excess_low, k.excess_high, k.source
union all
select t.patient, k.risk, t.row, cast(floor(k.excess * w.as_real * t.counts / s.one) as bigint) as excess,
       cast(floor(k.excess_low * w.as_real * t.counts / s.one) as bigint) as excess_low,
       cast(floor(k.excess_high * w.as_real * t.counts / s.one) as bigint) as excess_high, k.source
from likeliest t
join risk_excess k on k.about = t.cause and k.kind = 'cause'
cross join scale s
cross join why_scale w
