-- Is magnesium low at this moment: as the level says where it is recent, otherwise unknown.
select v.patient, v.row, v.status,
       case when g.state = 'clear' then v.is_low end as is_low
from level v
join guard g on g.patient = v.patient and g.guard = 'magnesium_current'
