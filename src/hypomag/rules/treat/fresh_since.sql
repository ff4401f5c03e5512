-- From when on a creatinine or a magnesium counts for a figure by vein: shorter in hospital and where nobody says.
select a.patient,
       case when s.is_hospital = 0 then a.as_of - l.creatinine_lasts
            when s.is_hospital = 1 or s.is_hospital is null then a.as_of - l.creatinine_lasts_in_hospital end as since
from asked a
cross join limits l
left join setting s on s.patient = a.patient
