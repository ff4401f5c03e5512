-- Times of low magnesium: from the first low value to the last one before magnesium is not low again.
with low_only as (
  select s.patient, s.episode, s.row, s.t, s.canonical, s.canonical_high,
         row_number() over (partition by s.patient, s.episode order by s.t, s.row) as nth,
         row_number() over (partition by s.patient, s.episode order by s.t desc, s.row) as nth_last,
         row_number() over (
           partition by s.patient, s.episode
           order by case when s.canonical is null then 1 when s.canonical is not null then 0 end, s.canonical, s.t, s.row
         ) as nth_low
  from magnesium_step s
  where s.is_low = 1
),
summed as (
  select w.patient, w.episode, min(w.t) as start, max(w.t) as until, count(*) as n,
         max(case when w.nth = 1 then w.row end) as row,
         max(case when w.nth_last = 1 then w.row end) as last_row,
         max(case when w.nth_low = 1 then w.row end) as nadir_row,
         max(case when w.nth_low = 1 then w.t end) as nadir_t,
         max(case when w.nth_low = 1 then w.canonical end) as nadir,
         max(case when w.nth_low = 1 then w.canonical_high end) as nadir_high
  from low_only w
  group by w.patient, w.episode
),
over_again as (
  select s.patient, s.episode, min(s.t) as t
  from magnesium_step s
  where s.is_low = 0 and s.episode > 0
  group by s.patient, s.episode
)
select m.patient, m.episode, m.start, m.until, m.n, m.row, m.last_row, m.nadir_row, m.nadir_t, m.nadir, m.nadir_high,
       o.t as resolved_at,
       case when m.nadir_high < c.below then 1 when m.nadir_high >= c.below then 0 end as is_clearly_low
from summed m
join urgent_levels c on c.level = 'clearly_low' and c.family = 'moles'
left join over_again o on o.patient = m.patient and o.episode = m.episode
