-- Drugs taken at or before the moment asked about (what began today may have begun already): since when, until when where known, and whether still.
-- A dose that was given counts for some days after it. A supply that was handed out counts until it should have run out
-- and for some time more, since the next one may be late: as long again as it lasted, and never longer than the grace; for
-- some weeks where nobody says how long it lasts. The status of the giving or handing out says nothing of that. A plan, or
-- an order in hand, is no drug yet.
with over as (
  select s.text, max(s.past) as is_past
  from said s
  where s.kind = 'medications'
  group by s.text
)
select m.patient, m.row, d.drug, m.kind, m.route, m.start, p.half_width, m.until, m.dose, m.dose_unit, m.frequency,
       case when m.kind in ('planned', 'drafted') or o.is_past = 1 then 0
            when m.kind = 'given' and m.until is not null and m.until < a.as_of - l.given_lasts then 0
            when m.kind = 'given' and m.until is null and m.start < a.as_of - l.given_lasts then 0
            when m.kind = 'given' then 1
            when m.kind = 'dispensed' and (m.until < a.as_of - l.refill_grace or m.until - m.start < a.as_of - m.until) then 0
            when m.kind = 'dispensed' and s.status = 'completed' and m.until is not null then 1
            when m.kind = 'dispensed' and s.status = 'completed' and m.start >= a.as_of - l.supply_lasts then 1
            when s.is_current = 0 then 0
            when m.kind <> 'dispensed' and m.until < a.as_of then 0
            when s.is_current = 1 then 1 end as is_taken
from medications m
join asked a on a.patient = m.patient
cross join limits l
join medication_drug d on d.system = m.system and d.code = m.code and d.text = m.text and d.is_contradicted = 0
left join over o on o.text = m.text
left join statuses s on s.fact = 'medications'
  and s.status = case when m.status = '' then 'none' when m.status <> '' then m.status end
left join precisions p on p.start_precision = m.start_precision
where s.is_eligible = 1
  and (m.start is null or m.start <= a.as_of or m.start - p.half_width <= a.as_of)
  and (m.known_at is null or m.known_at <= a.as_of)
