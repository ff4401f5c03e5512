-- The range each newest result is held against: the laboratory's own first, the profile where it printed none.
select c.patient, c.row,
       case when m.range_low is not null then m.range_low when m.range_low is null then r.low end as low,
       case when m.range_high is not null then m.range_high when m.range_high is null then r.high end as high,
       case when m.range_low is not null then 'laboratory' when m.range_low is null then p.profile end as profile
from magnesium_candidate c
join magnesium_reading m on m.patient = c.patient and m.row = c.row
join profile p on p.patient = c.patient and p.row = c.row
left join range_limit r on r.profile = p.profile and r.family = m.family
