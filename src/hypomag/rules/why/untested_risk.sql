-- How likely magnesium is low in a patient in whom it was never measured, with the bounds that the figures leave open:
-- noisy-OR of the reasons, in whole 1/10000.
with kept as (
  select r.patient,
         sum(cast(floor(w.micro * ln((s.one - r.excess) * w.as_real / s.one)) as bigint)) as keep,
         sum(cast(floor(w.micro * ln((s.one - r.excess_low) * w.as_real / s.one)) as bigint)) as keep_low,
         sum(cast(floor(w.micro * ln((s.one - r.excess_high) * w.as_real / s.one)) as bigint)) as keep_high
  from untested_reason r
  cross join scale s
  cross join why_scale w
  group by r.patient
)
select k.patient, cast(floor(s.one * (1 - exp(k.keep * w.as_real / w.micro))) as bigint) as probability,
       cast(floor(s.one * (1 - exp(k.keep_low * w.as_real / w.micro))) as bigint) as low,
       cast(floor(s.one * (1 - exp(k.keep_high * w.as_real / w.micro))) as bigint) as high
from kept k
cross join scale s
cross join why_scale w
