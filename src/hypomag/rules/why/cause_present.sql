-- Causes of low magnesium that the record shows plainly: diseases and states told of, and drugs taken, each with its fact.
-- A look-alike, a drug that counts only together with something not recorded, and a code that names the finding
-- itself are no cause.
select t.patient, t.cause, t.named, t.row
from cause_told t
cross join why_scale w
where t.counts >= w.counts_from
