-- What can be said of the cause of a low magnesium. named: a cause that the record tells of is likelier at work than not.
-- possible: the record tells of causes, none of them that likely. undetermined: it tells of none; suspects do not count.
with told as (
  select c.patient, max(c.probability) as probability
  from cause_probability c
  where c.is_told = 1
  group by c.patient
)
select a.patient,
       case when t.probability >= w.named_from then 'named'
            when t.probability < w.named_from then 'possible'
            when t.probability is null then 'undetermined' end as conclusion
from why_asked a
cross join why_scale w
left join told t on t.patient = a.patient
