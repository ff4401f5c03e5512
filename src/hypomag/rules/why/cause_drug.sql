-- Drugs and drug classes that lower magnesium, each with its cause, since when and until when it was taken: from the
-- medications, and from diseases and procedures that name a drug ("after cisplatin"). A drug that counts only together
-- with something not recorded is left out.
with over as (
  select s.text, max(s.past) as is_past
  from said s
  where s.kind = 'medications'
  group by s.text
),
classes as (
  select m.patient, m.row, c.cause, m.start, m.until, b.half_width,
         case when t.is_current = 0 or o.is_past = 1 or m.until < a.as_of then 0 when t.is_current = 1 then 1 end
           as is_taken
  from medications m
  join asked a on a.patient = m.patient
  join said s on s.kind = 'medications' and s.text = m.text and s.concept_kind = 'condition' and s.negated = 0
  join causes c on c.cause = s.concept and c.never_a_cause = 0
  join over o on o.text = m.text
  join statuses t on t.fact = 'medications' and t.is_eligible = 1
    and t.status = case when m.status = '' then 'none' when m.status <> '' then m.status end
  left join precisions b on b.start_precision = m.start_precision
  where (m.start is null or m.start <= a.as_of or m.start - b.half_width <= a.as_of)
    and (m.known_at is null or m.known_at <= a.as_of)
),
histories as (
  select 'conditions' as fact, h.patient, h.row, h.text, h.status, h.negated, h.past, h.start, h.until, h.known_at,
         h.start_precision
  from conditions h
  union all
  select 'procedures' as fact, h.patient, h.row, h.text, h.status, h.negated, h.past, h.start, h.until, h.known_at,
         h.start_precision
  from procedures h
),
drugs_told as (
  select d.patient, d.row, d.drug, d.start, d.until, d.half_width, d.is_taken,
         case when d.dose_unit = 'mg/day' then d.dose
              when d.dose_unit = 'mg' then d.dose * d.frequency end as dose
  from drug_taken d
  union all
  select h.patient, h.row, s.concept as drug, h.start, h.until, b.half_width,
         case when s.past = 1 or h.past = 1 or t.is_current = 0 or h.until < a.as_of then 0 when s.past = 0 then 1 end
           as is_taken, null as dose
  from histories h
  join asked a on a.patient = h.patient
  join said s on s.kind = h.fact and s.text = h.text and s.concept_kind = 'drug' and s.negated = 0 and s.family = 0
  join statuses t on t.fact = h.fact and t.is_eligible = 1 and t.in_doubt = 0
    and t.status = case when h.status = '' then 'none' when h.status <> '' then h.status end
  left join precisions b on b.start_precision = h.start_precision
  where (h.negated is null or h.negated = 0)
    and (h.start is null or h.start <= a.as_of or h.start - b.half_width <= a.as_of)
    and (h.known_at is null or h.known_at <= a.as_of)
),
lowering as (
  select d.patient, d.row, d.drug, d.start, d.until, d.half_width, d.is_taken, d.dose, e.cause, e.strength,
         e.only_with, e.onset_days_low as onset, e.recovery_days_high as recovery
  from drugs_told d
  join drug_effects e on e.drug = d.drug and e.effect = 'lowers'
),
counting as (
  select w.patient, w.row, w.drug as named, w.start, w.until, w.half_width, w.is_taken, w.dose, w.cause, w.strength,
         w.onset, w.recovery
  from lowering w
  where w.only_with is null
  union all
  select w.patient, w.row, w.drug as named, w.start, w.until, w.half_width, w.is_taken, w.dose, w.cause, w.strength,
         w.onset, w.recovery
  from lowering w
  join present p on p.patient = w.patient and p.concept = w.only_with
  union all
  select c.patient, c.row, c.cause as named, c.start, c.until, c.half_width, c.is_taken, null as dose, c.cause,
         'established' as strength, null as onset, null as recovery
  from classes c
)
select t.patient, t.row, t.named, t.cause, t.is_taken, t.until, f.factor,
       cast(floor(t.dose * s.one) as bigint) as dose,
       case when t.half_width is not null then t.start - t.half_width when t.half_width is null then t.start end as start,
       case when t.onset is not null then t.onset when t.onset is null then c.onset_days_low end as onset,
       case when t.recovery is not null then t.recovery
            when t.recovery is null and c.recovery_days_high is not null then c.recovery_days_high
            when t.recovery is null and c.recovery_days_high is null then w.far end as recovery,
       case when l.cause is not null then 1 when l.cause is null then 0 end as is_lasting
from counting t
join causes c on c.cause = t.cause and c.never_a_cause = 0
join strengths f on f.strength = t.strength
cross join scale s
cross join why_scale w
left join lasting_drug_causes l on l.cause = t.cause
