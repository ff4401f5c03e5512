-- Plans that the patient's situation opens, for people of that age and weight; where bands of the protocol asked for hold
-- the patient, they stand instead of the ordinary plans.
with general as (
  select s.patient, p.plan, p.scenario, p.way, p.place, p.figure, p.take, p.ordinary, t.treatment, t.salt, s.row
  from scenario s
  join plans p on p.scenario = s.scenario
  join treatments t on t.treatment = p.treatment and t.never_offer = 0
  cross join limits l
  cross join scale z
  left join age g on g.patient = s.patient
  left join weight w on w.patient = s.patient
  where (p.way in ('any', 'antidote')
         or (t.population = 'adult' and (g.years is null or g.years >= l.adult_from))
         or (t.population = 'child' and g.years < l.adult_from and g.days * z.day >= l.neonate_until)
         or (t.population = 'neonate' and g.days * z.day < l.neonate_until))
    and (t.weight_from_kg is null or w.kilograms >= t.weight_from_kg)
    and (t.weight_below_kg is null or w.kilograms is null or w.kilograms < t.weight_below_kg)
    and (t.age_from_days is null or g.days * z.day >= t.age_from_days)
    and (t.age_below_days is null or g.days * z.day < t.age_below_days)
),
in_protocol as (
  select o.patient
  from protocol_open o
  group by o.patient
)
select n.patient, n.plan, n.scenario, n.way, n.place, n.figure, n.take, n.treatment, n.salt, n.row
from general n
left join in_protocol i on i.patient = n.patient
where n.ordinary = 0 or i.patient is null
union all
select o.patient, o.plan, 'protocol' as scenario, o.way, o.band as place, o.figure, 'range' as take, o.treatment, o.salt, o.row
from protocol_open o
