-- What the record says in words or codes of each guard: it stands in the way, it is clear, or it was denied.
select m.patient, k.guard, m.row,
       case when k.says = 'blocks' and m.is_denied = 0 then 'blocks'
            when k.says = 'clear' or m.is_denied = 1 then 'clear' end as state
from mention m
join guard_concepts k on k.concept = m.concept
where m.is_past = 0 and ((m.is_denied = 0) or (m.is_denied = 1 and k.says = 'blocks' and k.denial = 1))
