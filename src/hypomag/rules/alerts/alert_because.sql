-- The trail of the alerts: the order and the fact behind each, and where the fact's limit stands.
select t.patient, t.alert as key, t.order_row as evidence, 1 as for_or_against, 'order in hand' as limit_name, k.source
from alert t
join alerts k on k.alert = t.alert
where t.order_row is not null
union all
select t.patient, t.alert as key, t.row as evidence, 1 as for_or_against, 'fact' as limit_name, k.source
from alert t
join alerts k on k.alert = t.alert
where t.row is not null
