-- Published associations that speak of a person like this, who is low: figures of groups, never a forecast.
select p.patient, a.association, min(p.row) as row, a.source, a.standing
from present p
join association_groups g on g.concept = p.concept
join associations a on a.association = g.association
join level v on v.patient = p.patient and v.is_low = 1
group by p.patient, a.association, a.source, a.standing
