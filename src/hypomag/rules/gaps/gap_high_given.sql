-- High magnesium on magnesium: a value over the range while magnesium was being taken or soon after, save in
-- pre-eclampsia, where it is meant to be high.
select s.patient, 'high_given' as gap, s.row,
       case when o.patient is null then 1 when o.patient is not null then 0 end as holds
from magnesium_status s
cross join limits l
join magnesium_course c on c.patient = s.patient and c.earliest <= s.t and c.latest >= s.t - l.after_magnesium
left join obstetric_magnesium o on o.patient = s.patient
where s.is_high = 1
group by s.patient, s.row, o.patient
