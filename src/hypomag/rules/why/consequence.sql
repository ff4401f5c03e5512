-- What low magnesium itself brings about: low calcium, a parathyroid hormone that does not rise, low potassium. Where it
-- explains the finding in full (explains = 1), the finding says nothing of the cause.
select f.patient, f.finding, f.value, f.row, c.explains, c.source
from patient_finding f
join consequences c on c.finding = f.finding and c.value = f.value
left join deciding d on d.patient = f.patient and d.why_not is null
where c.below_value is null or d.canonical_high < c.below_value
