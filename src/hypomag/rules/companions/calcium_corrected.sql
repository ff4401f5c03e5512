-- The calcium beside magnesium corrected for albumin, where the laboratory did not correct it and albumin is known.
select w.patient, w.row, w.albumin_row, w.t, w.canonical, w.canonical_low, w.canonical_high
from companion_result c
join calcium_with_albumin w on w.patient = c.patient and w.row = c.row
left join companion_result k on k.patient = c.patient and k.analyte = 'calcium_corrected'
where c.analyte = 'calcium' and k.row is null
