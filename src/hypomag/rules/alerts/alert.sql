-- Every reason to speak up: the order in hand that it is about, where it is about one, and the fact it rests on.
select s.patient, s.alert, null as order_row, s.row
from alert_level s
union all
select m.patient, m.alert, m.order_row, m.row
from alert_magnesium m
union all
select d.patient, d.alert, d.order_row, d.row
from alert_drug d
