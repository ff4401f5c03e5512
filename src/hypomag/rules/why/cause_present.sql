-- Causes of low magnesium that the record shows: diseases and states told of, and drugs taken, each with its fact.
-- A look-alike, a drug that counts only together with something not recorded, and a code that names the finding
-- itself are no cause.
with diseases as (
  select p.patient, c.cause, p.row
  from present p
  join causes c on c.cause = p.concept and c.never_a_cause = 0
),
drugs_counting as (
  select d.patient, e.cause, d.drug, d.row
  from drug_taken d
  join drug_effects e on e.drug = d.drug and e.effect = 'lowers' and e.only_with is null
  where d.is_taken = 1 and e.cause is not null
  union all
  select d.patient, e.cause, d.drug, d.row
  from drug_taken d
  join drug_effects e on e.drug = d.drug and e.effect = 'lowers'
  join present p on p.patient = d.patient and p.concept = e.only_with
  where d.is_taken = 1 and e.cause is not null
)
select d.patient, d.cause, d.cause as named, d.row
from diseases d
union all
select d.patient, d.cause, d.drug as named, d.row
from drugs_counting d
