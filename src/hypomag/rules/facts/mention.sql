-- Everything the record says of diseases, symptoms, rhythms and procedures, by code or by words, and whether it holds
-- at the moment asked about: not refuted, not a relative's, not over, not in the future. What is only suspected or
-- feared (is_denied unknown) is not had.
with told as (
  select 'conditions' as fact, c.patient, c.row, c.code, c.system, c.text, c.status, c.negated, c.past, c.start,
         c.until, c.known_at
  from conditions c
  union all
  select 'procedures' as fact, c.patient, c.row, c.code, c.system, c.text, c.status, c.negated, c.past, c.start,
         c.until, c.known_at
  from procedures c
  union all
  select 'observations' as fact, c.patient, c.row, c.code, c.system, c.text, c.status,
         case when c.presence = 'absent' then 1 when c.presence = 'present' then 0 end as negated, 0 as past,
         c.start, c.until, c.known_at
  from observations c
  where c.presence in ('present', 'absent')
),
meant as (
  select t.fact, t.patient, t.row, s.concept, s.concept_kind, s.negated, s.past, s.family
  from told t
  join said s on s.kind = t.fact and s.text = t.text
  where s.concept_kind <> 'analyte' and s.concept_kind <> 'drug'
  union all
  select t.fact, t.patient, t.row, k.concept, k.concept_kind, 0 as negated, 0 as past, 0 as family
  from told t
  join coded k on k.system = t.system and k.code = t.code
  where k.concept_kind <> 'analyte' and k.concept_kind <> 'drug'
),
joined as (
  select t.fact, t.patient, t.row, m.concept, m.concept_kind,
         max(m.negated) as said_negated,
         max(case when m.negated is null then 1 when m.negated is not null then 0 end) as is_doubtful, max(m.past) as said_past, max(m.family) as family,
         min(t.status) as status, max(t.negated) as negated, max(t.past) as past, max(t.start) as start,
         max(t.until) as until, max(t.known_at) as known_at
  from told t
  join meant m on m.fact = t.fact and m.patient = t.patient and m.row = t.row
  group by t.fact, t.patient, t.row, m.concept, m.concept_kind
)
select j.patient, j.row, j.concept, j.concept_kind, j.start, j.until,
       case when j.said_negated = 1 or j.negated = 1 then 1
            when j.is_doubtful = 0 and j.said_negated = 0 then 0 end as is_denied,
       case when j.said_past = 1 or j.past = 1 or s.is_current = 0 or j.until < a.as_of then 1
            when j.said_past = 0 then 0 end as is_past
from joined j
join asked a on a.patient = j.patient
left join statuses s on s.fact = j.fact
  and s.status = case when j.status = '' then 'none' when j.status <> '' then j.status end
where j.family = 0 and s.is_eligible = 1
  and (j.start is null or j.start <= a.as_of) and (j.known_at is null or j.known_at <= a.as_of)
