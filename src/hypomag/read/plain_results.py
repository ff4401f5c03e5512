"""FHIR Observations that say one plain thing, lifted by SQL: most lines of an export, at ten times the speed.

Plain: one coding, one quantity with a number, a moment to the second with its zone, at most one reference range of two
plain limits, one interpretation, one order; every element of its JSON type; no key twice. Whatever else a line holds, it
is left to the reader of a single patient. A test holds both equal on lines of every kind.
"""

from __future__ import annotations

import json

from hypomag.read.fhir.elements import SYSTEMS, UCUM
from hypomag.read.fhir.results import STATUS

QUANTITY = {"value": "JSON", "comparator": "JSON", "unit": "VARCHAR", "system": "VARCHAR", "code": "VARCHAR"}
CODINGS = [{"system": "VARCHAR", "code": "VARCHAR", "display": "VARCHAR"}]
READ = {
    "id": "VARCHAR", "status": "VARCHAR", "effectiveDateTime": "VARCHAR", "issued": "VARCHAR",
    "code": {"coding": CODINGS, "text": "VARCHAR"}, "subject": {"reference": "VARCHAR"}, "valueQuantity": QUANTITY,
    "interpretation": [{"coding": CODINGS}], "basedOn": [{"reference": "VARCHAR"}],
    "referenceRange": [{"low": QUANTITY, "high": QUANTITY, "type": "JSON", "modifierExtension": "JSON", "text": "JSON"}],
}  # fmt: skip
ODD = (  # what changes the meaning, or is read in a way of its own
    "modifierExtension", "implicitRules", "contained", "component", "hasMember", "dataAbsentReason", "bodySite", "note",
    "specimen", "effectivePeriod", "effectiveInstant", "effectiveTiming", "valueString", "valueCodeableConcept",
    "valueInteger", "valueBoolean", "valueRange", "valueRatio", "valueSampledData", "valueTime", "valueDateTime",
    "valuePeriod",
)  # fmt: skip
NUMBER = r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?"
VALUE = rf'"valueQuantity"\s*:\s*\{{[^{{}}]*?"value"\s*:\s*({NUMBER})\s*[,}}]'
MOMENT = r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:Z|[+-]\d\d:\d\d)"
ID = r"[A-Za-z0-9.-]{1,64}"
# A text that is no text, and an escape that may hide one.
NO_TEXT = r'"(?:unit|system|display|reference|status|id)"\s*:\s*[^"\s]|"(?:code|text)"\s*:\s*[^"{\s]|\\u'
TWICE = ("$", "$.valueQuantity", "$.code", "$.code.coding[0]", "$.subject", "$.referenceRange[0]",
         "$.referenceRange[0].low", "$.referenceRange[0].high", "$.interpretation[0]", "$.interpretation[0].coding[0]",
         "$.basedOn[0]")  # fmt: skip


def lifted(source: str, file: str) -> str:
    """A SELECT of the plain ones of `source` (n, text): n, patient, name and the columns of an observation."""
    shape = json.dumps(READ | dict.fromkeys(ODD, "JSON"))
    keys = ", ".join(f"'{path}'" for path in TWICE)
    odd = " and ".join(f'o."{name}" is null' for name in ODD)
    cases = " ".join(f"when '{url}' then '{system}'" for url, system in SYSTEMS.items())
    statuses = ", ".join(f"'{status}'" for status in sorted(STATUS))
    return f"""
      with read as materialized (
        select n, text, regexp_extract(text, '{VALUE}', 1) as written, json_transform(text, '{shape}') as o,
          json_keys(text, [{keys}]) as keys
        from {source} where not regexp_matches(text, '{NO_TEXT}')
      ),
      apart as materialized (
        select n, written, keys, o, o.code.coding[1] as coding, o.valueQuantity as q, o.referenceRange[1] as r,
          o.interpretation[1].coding[1].code as flag
        from read
      )
      select n, substr(o.subject.reference, 9) as patient, concat('Observation/', o.id) as source_ref, '{file}' as file,
        o.status, epoch_ms(o.effectiveDateTime::timestamptz) // 1000 as start, 'second' as start_precision,
        epoch_ms(o.issued::timestamptz) // 1000 as known_at,
        coding.code, case coding.system {cases} else 'local' end as system,
        coalesce(nullif(o.code.text, ''), coding.display) as text, written::double as value, written as value_text,
        {_unit("q", 0)} as unit_text, {_unit("q", 1)} as unit, {_limit("r.low")} as ref_low, {_limit("r.high")} as ref_high,
        coalesce({_either("r.low")}, {_either("r.high")}) as ref_unit, flag, o.basedOn[1].reference as order_ref
      from apart
      where {odd} and o.status in ({statuses}) and len(o.code.coding) = 1 and coding.code <> ''
        and written <> '' and written <> '-0' and written::double = q.value::varchar::double and q.comparator is null
        and regexp_full_match(o.id, '{ID}') and regexp_full_match(o.subject.reference, 'Patient/{ID}')
        and regexp_full_match(o.effectiveDateTime, '{MOMENT}') and try_cast(o.effectiveDateTime as timestamptz) is not null
        and (o.issued is null or (regexp_full_match(o.issued, '{MOMENT}') and try_cast(o.issued as timestamptz) is not null))
        and (o.interpretation is null or (len(o.interpretation) = 1 and len(o.interpretation[1].coding) = 1 and flag <> ''))
        and (o.basedOn is null or (len(o.basedOn) = 1 and regexp_full_match(o.basedOn[1].reference, 'ServiceRequest/{ID}')))
        and (o.referenceRange is null or (len(o.referenceRange) = 1 and r.type is null and r.modifierExtension is null
          and r.text is null and (r.low is not null or r.high is not null) and {_plain("r.low")} and {_plain("r.high")}
          and coalesce({_either("r.low")} = {_either("r.high")}, true)))
        and not coalesce(starts_with(o.code.text, '{{') or starts_with(coding.code, '{{') or starts_with(q.code, '{{'), false)
        and len(list_filter(keys, lambda k: len(k) <> len(list_distinct(k)))) = 0"""


def _unit(quantity: str, which: int) -> str:
    """The unit for people (0) and the UCUM code (1), as elements.unit_of tells them apart."""
    urls = ", ".join(f"'{url}'" for url in sorted(UCUM))
    is_ucum = f"({quantity}.code <> '' and {quantity}.system in ({urls}))"
    if which:
        return f"case when {is_ucum} then {quantity}.code end"
    return f"case when {is_ucum} then {quantity}.unit else coalesce(nullif({quantity}.unit, ''), {quantity}.code) end"


def _either(quantity: str) -> str:
    return f"coalesce(nullif({_unit(quantity, 0)}, ''), {_unit(quantity, 1)})"


def _limit(quantity: str) -> str:
    return f"{quantity}.value::varchar::double"


def _plain(quantity: str) -> str:
    """A limit that is absent, or a number without a comparator."""
    number = f"coalesce(regexp_full_match({quantity}.value::varchar, '-?[0-9][0-9.eE+-]*'), {quantity} is null)"
    return f"({quantity}.comparator is null and {number})"
