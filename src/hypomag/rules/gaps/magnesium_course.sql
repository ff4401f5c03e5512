-- Magnesium as a drug with the time it can have covered: a day, a month or a year where no finer time is known. One
-- without a start cannot be placed.
with placed as (
  select g.patient, g.row, g.drug, g.kind, g.is_parenteral, g.is_taken, g.start, g.until, g.dose, g.dose_unit,
         g.frequency, a.as_of, case when g.half_width is null then 0 when g.half_width is not null then g.half_width end
           as half_width
  from magnesium_given g
  join asked a on a.patient = g.patient
  where g.kind not in ('planned', 'drafted')
)
select p.patient, p.row, p.drug, p.kind, p.is_parenteral, p.start, p.dose, p.dose_unit, p.frequency,
       p.start - p.half_width as earliest,
       case when p.until is not null then p.until
            when p.until is null and p.is_taken = 1 and p.kind <> 'given' then p.as_of
            when p.until is null and (p.is_taken = 0 or p.is_taken is null or p.kind = 'given') then p.start + p.half_width end as latest
from placed p
