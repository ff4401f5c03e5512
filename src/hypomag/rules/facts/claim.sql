-- What one way of writing (a text with its code) claims the patient has, by its words or its code, apart from analytes and
-- drugs. A text may speak of one thing twice ("seizure last year; had a seizure today"): what it says of the patient now
-- counts before what it says in doubt, of the past, or denies; its words count before its code, whose display they are.
-- What it says of relatives alone is no claim.
with way as (
  select 'conditions' as fact, c.system, c.code, c.text
  from conditions c
  group by c.system, c.code, c.text
  union all
  select 'procedures' as fact, c.system, c.code, c.text
  from procedures c
  group by c.system, c.code, c.text
  union all
  select 'observations' as fact, c.system, c.code, c.text
  from observations c
  where c.presence in ('present', 'absent')
  group by c.system, c.code, c.text
  union all
  select 'findings' as fact, '' as system, '' as code, c.text || ': ' || c.value_text as text
  from observations c
  where c.presence = '' and c.value is null and c.value_text <> ''
  group by c.text, c.value_text
),
meant as (
  select w.fact, w.system, w.code, w.text, s.concept, s.concept_kind, s.negated, s.past, s.family, 0 as is_code
  from way w
  join said s on s.kind = w.fact and s.text = w.text
  where s.concept_kind <> 'analyte' and s.concept_kind <> 'drug'
  union all
  select w.fact, w.system, w.code, w.text, k.concept, k.concept_kind, 0 as negated, 0 as past, 0 as family, 1 as is_code
  from way w
  join coded k on k.system = w.system and k.code = w.code
  where k.concept_kind <> 'analyte' and k.concept_kind <> 'drug'
),
ranked as (
  select m.fact, m.system, m.code, m.text, m.concept, m.concept_kind, m.negated, m.past, m.family,
         row_number() over (
           partition by m.fact, m.system, m.code, m.text, m.concept_kind, m.concept
           order by m.is_code, m.family, case when m.negated = 1 then 1 when m.negated = 0 then 0
                                              when m.negated is null then 0 end,
                    m.past, case when m.negated is null then 1 when m.negated is not null then 0 end, m.concept
         ) as nth
  from meant m
)
select r.fact, r.system, r.code, r.text, r.concept, r.concept_kind, r.negated, r.past
from ranked r
where r.nth = 1 and r.family = 0
