-- Magnesium as a drug by any route, and whether it bypasses the gut.
select d.patient, d.row, d.drug, d.kind, d.start, d.half_width, d.until, d.is_taken, d.dose, d.dose_unit, d.frequency,
       case when r.is_parenteral is not null then r.is_parenteral
            when r.is_parenteral is null and k.drug = 'magnesium_sulfate' then 1 end as is_parenteral
from drug_taken d
join drugs k on k.drug = d.drug and k.is_magnesium = 1
left join routes r on r.written = d.route
