-- Everything about a patient that opens or hinders a scenario or an action, as fact and concept, with its row.
select s.patient, 'sign' as fact, s.concept, s.row
from sign s
union all
select p.patient, 'present' as fact, p.concept, p.row
from present p
union all
select c.patient, 'cause' as fact, c.cause as concept, c.row
from cause_present c
union all
select d.patient, 'drug' as fact, d.drug as concept, d.row
from drug_taken d
where d.is_taken = 1
union all
select c.patient, c.status as fact, c.analyte as concept, c.row
from companion c
where c.status in ('low', 'severely_low', 'high', 'severely_high')
union all
select f.patient, 'flag' as fact, f.flag as concept, f.row
from level_flag f
union all
select g.patient, 'guarded' as fact, 'guarded' as concept, g.row
from guarded g
union all
select g.patient, 'guarded_drug' as fact, 'guarded_drug' as concept, g.row
from guarded_drug g
union all
select g.patient, 'guard' as fact, g.guard as concept, g.row
from guard g
where g.state = 'blocks'
union all
select g.patient, 'unclear' as fact, g.guard as concept, g.row
from guard g
where g.state = 'not_assessed'
union all
select a.patient, 'unclear' as fact, 'potassium' as concept, null as row
from asked a
left join companion c on c.patient = a.patient and c.analyte = 'potassium'
where c.patient is null
