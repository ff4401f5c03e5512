-- Total calcium corrected for albumin, where the laboratory did not correct it and albumin is known.
select c.patient, c.row, a.row as albumin_row, c.t,
       c.canonical + cast(floor((l.albumin_middle - a.canonical) * l.calcium_per_albumin / s.one + s.half) as bigint)
         as canonical
from companion_result c
join companion_result a on a.patient = c.patient and a.analyte = 'albumin'
cross join limits l
cross join scale s
left join companion_result k on k.patient = c.patient and k.analyte = 'calcium_corrected'
where c.analyte = 'calcium' and k.row is null
