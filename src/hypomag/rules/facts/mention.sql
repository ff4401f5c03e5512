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
  select t.fact, t.patient, t.row, t.status, t.negated, t.past, t.start, t.until, t.known_at,
         s.concept, s.concept_kind, s.negated as said_negated, s.past as said_past, s.family
  from told t
  join said s on s.kind = t.fact and s.text = t.text
  where s.concept_kind <> 'analyte' and s.concept_kind <> 'drug'
  union all
  select t.fact, t.patient, t.row, t.status, t.negated, t.past, t.start, t.until, t.known_at,
         k.concept, k.concept_kind, 0 as said_negated, 0 as said_past, 0 as family
  from told t
  join coded k on k.system = t.system and k.code = t.code
  where k.concept_kind <> 'analyte' and k.concept_kind <> 'drug'
),
joined as (
  select m.fact, m.patient, m.row, m.concept, m.concept_kind,
         max(m.said_negated) as said_negated,
         max(case when m.said_negated is null then 1 when m.said_negated is not null then 0 end) as is_doubtful,
         max(m.said_past) as said_past, max(m.family) as family,
         min(m.status) as status, max(m.negated) as negated, max(m.past) as past, max(m.start) as start,
         max(m.until) as until, max(m.known_at) as known_at
  from meant m
  group by m.fact, m.patient, m.row, m.concept, m.concept_kind
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
