-- What the patient has now: told of, not denied, not over.
select m.patient, m.concept, m.concept_kind, m.row, m.start, m.latest
from mention m
where m.is_denied = 0 and m.is_past = 0
