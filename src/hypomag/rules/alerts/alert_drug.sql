-- What low or unknown magnesium says of another drug in hand: digoxin or a QT drug, potassium without magnesium, a drug
-- that lowers magnesium further. Of a drug that is dangerous and lowers it too, the danger alone is told.
with dangerous as (
  select e.drug
  from drug_effects e
  where e.effect = 'dangerous_when_low'
  group by e.drug
),
lowering as (
  select e.drug
  from drug_effects e
  where e.effect = 'lowers' and e.strength = 'established' and e.only_with is null
  group by e.drug
),
magnesium_coming as (
  select d.patient
  from drafted d
  where d.is_magnesium = 1
  group by d.patient
  union all
  select g.patient
  from magnesium_given g
  where g.is_taken = 1
  group by g.patient
),
coming as (
  select c.patient
  from magnesium_coming c
  group by c.patient
)
select d.patient, 'guarded_drug_low' as alert, d.row as order_row, n.row
from drafted d
join dangerous k on k.drug = d.drug
join low_now n on n.patient = d.patient and n.is_low = 1
union all
select d.patient, 'guarded_drug_unmeasured' as alert, d.row as order_row, n.row
from drafted d
join dangerous k on k.drug = d.drug
join low_now n on n.patient = d.patient and n.is_low is null
union all
select d.patient, 'potassium_low_magnesium' as alert, d.row as order_row, n.row
from drafted d
join low_now n on n.patient = d.patient and n.is_low = 1
left join coming c on c.patient = d.patient
where d.drug = 'potassium_supplement' and c.patient is null
union all
select d.patient, 'potassium_unmeasured' as alert, d.row as order_row, c.row
from drafted d
join low_now n on n.patient = d.patient and n.is_low is null
join companion c on c.patient = d.patient and c.analyte = 'potassium' and c.status in ('low', 'severely_low')
where d.drug = 'potassium_supplement'
union all
select d.patient, 'lowering_drug_low' as alert, d.row as order_row, n.row
from drafted d
join lowering k on k.drug = d.drug
join low_now n on n.patient = d.patient and n.is_low = 1
left join dangerous g on g.drug = d.drug
where g.drug is null
