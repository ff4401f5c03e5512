-- Everything the record says of diseases, symptoms, rhythms and procedures, by code or by words, and whether it holds
-- at the moment asked about: not refuted, not a relative's, not over, not in the future. What is only suspected or
-- feared (is_denied unknown) is not had. A text may speak of one thing twice ("seizure last year; had a seizure today"):
-- what it says of the patient now counts before what it says in doubt, of the past, or denies; its words count before its
-- code, whose display they are. latest: as late as a start told only to the month or year can have been.
with told as (
  select 'conditions' as fact, c.patient, c.row, c.code, c.system, c.text, c.status, c.negated, c.past, c.start,
         c.start_precision, c.until, c.known_at
  from conditions c
  union all
  select 'procedures' as fact, c.patient, c.row, c.code, c.system, c.text, c.status, c.negated, c.past, c.start,
         c.start_precision, c.until, c.known_at
  from procedures c
  union all
  select 'observations' as fact, c.patient, c.row, c.code, c.system, c.text, c.status,
         case when c.presence = 'absent' then 1 when c.presence = 'present' then 0 end as negated, 0 as past,
         c.start, c.start_precision, c.until, c.known_at
  from observations c
  where c.presence in ('present', 'absent')
),
meant as (
  select t.patient, t.row, s.concept, s.concept_kind, s.negated as said_negated, s.past as said_past, s.family, 0 as is_code
  from told t
  join said s on s.kind = t.fact and s.text = t.text
  where s.concept_kind <> 'analyte' and s.concept_kind <> 'drug'
  union all
  select t.patient, t.row, k.concept, k.concept_kind, 0 as said_negated, 0 as said_past, 0 as family, 1 as is_code
  from told t
  join coded k on k.system = t.system and k.code = t.code
  where k.concept_kind <> 'analyte' and k.concept_kind <> 'drug'
),
ranked as (
  select m.patient, m.row, m.concept, m.concept_kind, m.said_negated, m.said_past, m.family,
         row_number() over (
           partition by m.patient, m.row, m.concept, m.concept_kind
           order by m.is_code, m.family, case when m.said_negated = 1 then 1 when m.said_negated = 0 then 0
                                              when m.said_negated is null then 0 end,
                    m.said_past, case when m.said_negated is null then 1 when m.said_negated is not null then 0 end,
                    m.row
         ) as nth
  from meant m
)
select t.patient, t.row, r.concept, r.concept_kind, t.start,
       case when p.half_width is null then t.start when p.half_width is not null then t.start + p.half_width end as latest,
       t.until,
       case when r.said_negated = 1 or t.negated = 1 then 1
            when r.said_negated = 0 then 0 end as is_denied,
       case when r.said_past = 1 or t.past = 1 or s.is_current = 0 or t.until < a.as_of then 1
            when r.said_past = 0 then 0 end as is_past
from ranked r
join told t on t.patient = r.patient and t.row = r.row
join asked a on a.patient = t.patient
left join statuses s on s.fact = t.fact
  and s.status = case when t.status = '' then 'none' when t.status <> '' then t.status end
left join precisions p on p.start_precision = t.start_precision
where r.nth = 1 and r.family = 0 and s.is_eligible = 1
  and (t.start is null or t.start <= a.as_of) and (t.known_at is null or t.known_at <= a.as_of)
