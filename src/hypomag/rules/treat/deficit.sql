-- What may be missing from the stores of a grown person with symptoms or a severe level, in millimoles: a guess by weight.
select w.patient, cast(floor(r.mmol_per_kg_low * w.kilograms / z.one) as bigint) as mmol_low,
       cast(floor(r.mmol_per_kg_high * w.kilograms / z.one) as bigint) as mmol_high, w.row, r.source
from weight w
join responses r on r.response = 'deficit'
join age g on g.patient = w.patient
cross join limits l
cross join scale z
join scenario s on s.patient = w.patient and s.scenario = 'low'
left join scenario a on a.patient = w.patient and a.scenario = 'severe'
left join scenario b on b.patient = w.patient and b.scenario = 'symptoms'
left join scenario c on c.patient = w.patient and c.scenario = 'stop'
where g.years >= l.adult_from and (a.patient is not null or b.patient is not null) and c.patient is null
