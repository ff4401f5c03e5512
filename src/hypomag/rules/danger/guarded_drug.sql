-- A drug taken now that is dangerous while magnesium is low: digoxin, and drugs that prolong QT.
with dangerous as (
  select e.drug
  from drug_effects e
  where e.effect = 'dangerous_when_low'
  group by e.drug
)
select d.patient, d.drug, d.row
from drug_taken d
join dangerous k on k.drug = d.drug
where d.is_taken = 1
