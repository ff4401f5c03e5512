-- When urine magnesium does not tell what the kidney does: eGFR under 30, magnesium by vein or muscle running or just
-- over. From and until which moment.
select e.patient, 0 as from_t, s.largest as until_t
from egfr e
join companion_limits c on c.analyte = 'egfr' and e.egfr < c.severe_low
cross join scale s
union all
select g.patient, case when g.start is null then 0 when g.start is not null then g.start end as from_t,
       case when g.is_taken = 1 or (g.until is null and g.start is null) then s.largest
            when g.until is not null then g.until + l.after_magnesium
            when g.until is null then g.start + l.after_magnesium end as until_t
from magnesium_given g
cross join limits l
cross join scale s
where g.is_parenteral = 1
