-- Drugs taken that quarrel with the magnesium offered: hours apart by mouth, what to watch by vein.
with ways as (
  select o.patient, 'oral' as mg_route
  from option o
  where o.way = 'po'
  group by o.patient
  union all
  select o.patient, 'parenteral' as mg_route
  from option o
  where o.way in ('iv', 'im', 'emergency', 'emergency_low', 'nutrition')
  group by o.patient
)
select w.patient, i.interaction, i.drug, i.mg_route, i.hours_before, i.hours_after, i.avoid, i.severity, i.management,
       i.source, i.standing, min(d.row) as row
from ways w
join drug_taken d on d.patient = w.patient and d.is_taken = 1
join interactions i on i.drug = d.drug and i.mg_route = w.mg_route
group by w.patient, i.interaction, i.drug, i.mg_route, i.hours_before, i.hours_after, i.avoid, i.severity, i.management,
         i.source, i.standing
