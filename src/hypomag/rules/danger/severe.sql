-- Is a test beside magnesium dangerous in itself? 1, 0, or unknown: where it was not done, cannot be read, or is an
-- interval over the limit. Of several results of one moment any one is enough.
with judged as (
  select k.patient, k.analyte, k.row,
         case when k.is_overruled = 1 then 0
              when k.canonical_high < c.severe_low or k.canonical_low >= c.severe_high then 1
              when (c.severe_low is null or k.canonical_low >= c.severe_low)
                and (c.severe_high is null or k.canonical_high < c.severe_high) then 0 end as holds
  from companion_latest k
  join companion_limits c on c.analyte = k.analyte
),
counted as (
  select j.patient, j.analyte, max(j.holds) as holds,
         count(*) - count(j.holds) as unknown,
         min(case when j.holds = 1 then j.row end) as row_of_it, max(j.row) as row
  from judged j
  group by j.patient, j.analyte
)
select a.patient, c.analyte, c.severe_tier as tier, c.source, c.standing,
       case when n.holds = 1 then 1 when n.unknown > 0 then null when n.holds = 0 then 0 end as holds,
       case when n.holds = 1 then n.row_of_it when n.holds is null or n.holds = 0 then n.row end as row
from asked a
join companion_limits c on c.severe_tier is not null
left join counted n on n.patient = a.patient and n.analyte = c.analyte
