-- Every tier the record leaves open: the highest that surely holds, and each higher one whose reason is unknown.
with sure as (
  select a.patient, max(case when c.holds = 1 then t.rank end) as rank
  from asked a
  left join urgency_criterion c on c.patient = a.patient
  left join tiers t on t.tier = c.tier
  group by a.patient
),
floored as (
  select s.patient, case when s.rank is null then 0 when s.rank is not null then s.rank end as rank
  from sure s
)
select f.patient, t.tier, t.rank, 1 as is_sure
from floored f
join tiers t on t.rank = f.rank
union all
select f.patient, t.tier, t.rank, 0 as is_sure
from floored f
join urgency_criterion c on c.patient = f.patient and c.holds is null
join tiers t on t.tier = c.tier and t.rank > f.rank
group by f.patient, t.tier, t.rank
