-- How often serum magnesium was measured, and its lowest, newest and first value. Flagged results count too.
with counted as (
  select s.patient, count(*) as n,
         cast(sum(case when s.is_low = 1 then 1 when s.is_low = 0 or s.is_low is null then 0 end) as bigint) as n_low,
         min(s.canonical) as lowest, max(s.t) as last_t
  from magnesium_status s
  where s.is_numeric = 1
  group by s.patient
),
newest as (
  select s.patient, s.canonical, row_number() over (partition by s.patient order by s.t desc, s.row desc) as nth
  from magnesium_status s
  where s.is_numeric = 1
)
select c.patient, c.n, c.n_low, c.lowest, c.last_t, w.canonical as last
from counted c
join newest w on w.patient = c.patient and w.nth = 1
