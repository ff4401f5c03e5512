-- Everything the record claims of diseases, symptoms, rhythms and procedures, and whether it holds at the moment asked
-- about: not refuted, not over, not in the future. What is only suspected or feared, or a diagnosis not confirmed (is_denied unknown), is not had.
-- An observation with a result in words tells by both ("rhythm: torsades"). latest: as late as a start told only to the month or year can have been.
with told as (
  select 'conditions' as fact, 'conditions' as way, c.patient, c.row, c.code, c.system, c.text, c.status, c.negated, c.past, c.start,
         c.start_precision, c.until, c.known_at
  from conditions c
  union all
  select 'procedures' as fact, 'procedures' as way, c.patient, c.row, c.code, c.system, c.text, c.status, c.negated, c.past, c.start,
         c.start_precision, c.until, c.known_at
  from procedures c
  union all
  select 'observations' as fact, 'observations' as way, c.patient, c.row, c.code, c.system, c.text, c.status,
         case when c.presence = 'absent' then 1 when c.presence = 'present' then 0 end as negated, 0 as past,
         c.start, c.start_precision, c.until, c.known_at
  from observations c
  where c.presence in ('present', 'absent')
  union all
  select 'observations' as fact, 'findings' as way, c.patient, c.row, '' as code, '' as system,
         c.text || ': ' || c.value_text as text, c.status, 0 as negated, 0 as past, c.start, c.start_precision, c.until,
         c.known_at
  from observations c
  where c.presence = '' and c.value is null and c.value_text <> ''
)
select t.patient, t.row, r.concept, r.concept_kind, t.start,
       case when p.half_width is null then t.start when p.half_width is not null then t.start + p.half_width end as latest,
       t.until,
       case when r.negated = 1 or t.negated = 1 then 1
            when r.negated = 0 and s.in_doubt = 0 then 0 end as is_denied,
       case when r.past = 1 or t.past = 1 or s.is_current = 0 or t.until < a.as_of then 1
            when r.past = 0 then 0 end as is_past
from told t
join claim r on r.fact = t.way and r.system = t.system and r.code = t.code and r.text = t.text
join asked a on a.patient = t.patient
left join statuses s on s.fact = t.fact
  and s.status = case when t.status = '' then 'none' when t.status <> '' then t.status end
left join precisions p on p.start_precision = t.start_precision
where s.is_eligible = 1
  and (t.start is null or t.start <= a.as_of or t.start - p.half_width <= a.as_of)
  and (t.known_at is null or t.known_at <= a.as_of)
