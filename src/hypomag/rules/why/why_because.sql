-- What speaks for (1) and against (0) each cause and each step, with the fact it stands on: the record telling of a cause,
-- and findings that shift the odds by enough to be worth saying. limit_name is the cause's sign or drug, or the finding.
with cause_speaks as (
  select f.patient, f.cause, f.row, f.finding, f.log_ratio, f.source
  from finding_speaks f
  cross join why_scale w
  join cause_probability c on c.patient = f.patient and c.cause = f.cause
  where (f.log_ratio >= w.speaks_from or f.log_ratio <= -w.speaks_from) and (f.shows = 'work' or c.is_named = 0)
),
kidney_speaks as (
  select f.patient, f.row, f.finding, w.source, w.log_likelihood - s.log_likelihood as log_ratio
  from step_finding f
  join finding_patterns w on w.finding = f.finding and w.value = f.value and w.pattern = 'wasting'
  join finding_patterns s on s.finding = f.finding and s.value = f.value and s.pattern = 'sparing'
)
select t.patient, t.cause as key, t.row as evidence, 1 as for_or_against, t.named as limit_name, k.source
from cause_told t
join cause_probability c on c.patient = t.patient and c.cause = t.cause
join causes k on k.cause = t.cause
union all
select s.patient, s.cause as key, s.row as evidence,
       case when s.log_ratio > 0 then 1 when s.log_ratio <= 0 then 0 end as for_or_against,
       s.finding as limit_name, s.source
from cause_speaks s
union all
select t.patient, c.step as key, t.row as evidence, 1 as for_or_against, t.cause as limit_name, k.source
from cause_told t
join cause_weights k on k.cause = t.cause
join cause_step c on c.patient = t.patient and c.cause = t.cause and c.step = k.step
union all
select k.patient, p.step as key, k.row as evidence,
       case when p.step = 'renal_loss' and k.log_ratio > 0 then 1
            when p.step = 'renal_loss' and k.log_ratio <= 0 then 0
            when p.step <> 'renal_loss' and k.log_ratio > 0 then 0
            when p.step <> 'renal_loss' and k.log_ratio <= 0 then 1 end as for_or_against,
       k.finding as limit_name, k.source
from kidney_speaks k
join steps p on p.step <> 'other'
cross join why_scale w
where k.log_ratio >= w.speaks_from or k.log_ratio <= -w.speaks_from
