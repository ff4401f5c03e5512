-- Plans that the patient's situation opens, for people of that age and weight.
select s.patient, p.plan, p.scenario, p.way, p.place, p.figure, p.take, t.treatment, t.salt, s.row
from scenario s
join plans p on p.scenario = s.scenario
join treatments t on t.treatment = p.treatment and t.never_offer = 0
cross join limits l
cross join scale s1
left join age g on g.patient = s.patient
left join weight w on w.patient = s.patient
where (p.way in ('any', 'antidote')
       or (t.population = 'adult' and (g.years is null or g.years >= l.adult_from))
       or (t.population = 'child' and g.years < l.adult_from and g.days * s1.day >= l.neonate_until)
       or (t.population = 'neonate' and g.days * s1.day < l.neonate_until))
  and (t.weight_from_kg is null or w.kilograms >= t.weight_from_kg)
  and (t.weight_below_kg is null or w.kilograms is null or w.kilograms < t.weight_below_kg)
  and (t.age_from_days is null or g.days * s1.day >= t.age_from_days)
  and (t.age_below_days is null or g.days * s1.day < t.age_below_days)
