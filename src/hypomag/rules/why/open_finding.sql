-- The findings that a test, a question or a bedside sign could still show: neither known nor told of, and not the urine
-- magnesium while it cannot be read.
with asked_of as (
  select a.patient, t.finding
  from why_asked a
  cross join test_findings t
  group by a.patient, t.finding
),
told as (
  select p.patient, c.finding
  from present p
  join finding_concepts c on c.concept = p.concept and c.value = 'told'
  group by p.patient, c.finding
),
unread as (
  select k.patient
  from kidney_unread k
  join asked a on a.patient = k.patient and k.from_t <= a.as_of and a.as_of <= k.until_t
  group by k.patient
)
select q.patient, q.finding
from asked_of q
join findings f on f.finding = q.finding
left join patient_finding k on k.patient = q.patient and k.finding = q.finding
left join told t on t.patient = q.patient and t.finding = q.finding
left join unread u on u.patient = q.patient
where k.finding is null and t.finding is null and (f.layer = 'cause' or u.patient is null)
