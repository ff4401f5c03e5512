-- Numbers told inside a text, of tests that need no specimen, as results of their own: "sinus rhythm, QTc > 500 ms".
-- Only where the fact carries no value of its own, and not what is past, denied or a relative's. What an undated condition
-- tells holds now, as the condition does; what one not confirmed tells has no sure status.
with texts as (
  select 'observations' as fact, 'observations' as kind, o.patient, o.row, o.text, o.status, o.start,
         o.start_precision, o.known_at
  from observations o
  where o.value is null and o.value_text = '' and o.presence <> 'absent'
  union all
  select 'observations' as fact, 'findings' as kind, o.patient, o.row, o.text || ': ' || o.value_text as text, o.status,
         o.start, o.start_precision, o.known_at
  from observations o
  where o.value is null and o.value_text <> '' and o.presence = ''
  union all
  select 'conditions' as fact, 'conditions' as kind, c.patient, c.row, c.text, c.status,
         case when c.start is not null or c.known_at is not null then c.start
              when c.start is null and c.known_at is null then a.as_of end as start,
         c.start_precision, c.known_at
  from conditions c
  join asked a on a.patient = c.patient
  where (c.past is null or c.past = 0) and (c.negated is null or c.negated = 0)
)
select t.patient, t.row, t.fact, s.concept as analyte, x.unit, s.value, s.comparator, t.start, t.start_precision,
       t.known_at, case when z.in_doubt = 0 then z.is_eligible end as is_eligible, z.remark
from said s
join texts t on t.kind = s.kind and t.text = s.text
join analytes x on x.analyte = s.concept
left join statuses z on z.fact = t.fact
  and z.status = case when t.status = '' then 'none' when t.status <> '' then t.status end
where s.concept_kind = 'analyte' and s.value is not null and s.negated = 0 and s.past = 0 and s.family = 0
  and (z.is_current is null or z.is_current = 1)
