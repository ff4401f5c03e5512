"""P-10: the same facts told otherwise give the same answer: entries in another order, a resource twice, another patient id,
all dates shifted, a further resource that says nothing of magnesium; and as a form what was told as FHIR."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.many import many
from tests.rivals import variants

from hypomag.assess import assess
from hypomag.read import read

Row = dict[str, Any]
DAY = re.compile(r"\d{4}-\d\d-\d\d(T[\d:]+Z)?")
NAMES = {
    "row",
    "source_ref",
    "at",
    "taken_at",
    "as_of",
    "not_recognised",
    "left_out",
    "not_used",
}  # ids, places and moments


def meaning(answer: Any) -> Any:
    """The answer without ids, places and moments, evidence in the order of its words."""
    if isinstance(answer, dict):
        return {k: meaning(v) for k, v in answer.items() if k not in NAMES}
    if isinstance(answer, list):
        return [meaning(v) for v in answer]
    return DAY.sub("a day", answer) if isinstance(answer, str) else answer


def answered(bundle: Row, patient: str = "p1", days: int = 0) -> Any:
    at = int((variants.NOW + timedelta(days=days)).timestamp())
    return meaning(assess(read(json.dumps(bundle).encode(), patient=patient), as_of=at))


def shuffled(bundle: Row, random: Random) -> Row:
    return bundle | {"entry": random.sample(bundle["entry"], len(bundle["entry"]))}


def twice(bundle: Row, random: Random) -> Row:
    return bundle | {"entry": [*bundle["entry"], deepcopy(random.choice(bundle["entry"]))]}


def further(bundle: Row, random: Random) -> Row:
    more = {"resourceType": "Immunization", "id": "x1", "status": "completed", "vaccineCode": {"text": "Influenza"},
            "patient": {"reference": "Patient/p1"}, "occurrenceDateTime": "2025-10-01"}  # fmt: skip
    return bundle | {"entry": [*bundle["entry"], {"resource": more}]}


def renamed(bundle: Row) -> Row:
    return json.loads(json.dumps(bundle).replace('"Patient/p1"', '"Patient/q7"').replace('"id": "p1"', '"id": "q7"'))


def shifted(bundle: Row, days: int) -> Row:
    moved = deepcopy(bundle)
    for entry in moved["entry"]:
        for key, value in entry["resource"].items():
            if key in ("effectiveDateTime", "birthDate"):
                later = datetime.fromisoformat(value) + timedelta(days=days)
                entry["resource"][key] = later.isoformat() if "T" in value else later.date().isoformat()
    return moved


def test_told_otherwise_it_means_the_same() -> None:
    random = Random(3)
    for n in range(many(100, 2_000)):
        v = variants.made(random, n)
        plain = answered(v.bundle)
        days = random.choice((-700, -1, 1, 28, 365))
        assert answered(shuffled(v.bundle, random)) == plain, v.name
        assert answered(twice(v.bundle, random)) == plain, v.name
        assert answered(further(v.bundle, random)) == plain, v.name
        assert answered(renamed(v.bundle), "q7") == plain, v.name
        moved = answered(shifted(v.bundle, days), days=days)
        assert moved == plain, (v.name, days)


def as_form(random: Random) -> tuple[Row, Row]:
    """One made-up person as a form and as FHIR."""
    unit = random.choice(list(variants.MG_DL))
    value = round(random.choice((0.8, 1.1, 1.3, 1.6, 1.9, 3.0)) / variants.MG_DL[unit], 2)
    creatinine, potassium = random.choice((0.8, 1.2, 3.0)), random.choice((2.8, 4.0))
    drugs = random.sample(["omeprazole", "furosemide", "digoxin", "cisplatin"], random.choice((0, 1, 2)))
    states = random.sample(["Crohn disease", "alcohol use disorder", "hypertension"], random.choice((0, 1)))
    at = variants.NOW.isoformat()
    form = {
        "as_of": at, "patient": {"birth": "1965-03-04", "sex": "male"}, "medications": drugs, "conditions": states,
        "labs": {"magnesium": {"value": f"{value} {unit}", "time": at}, "potassium": {"value": f"{potassium} mmol/L", "time": at},
                 "creatinine": {"value": f"{creatinine} mg/dL", "time": at}},
    }  # fmt: skip
    resources = [
        variants._patient("p1", "1965-03-04"),
        variants._observation("m", "magnesium", {"value": value, "unit": unit}, 0),
        variants._observation("k", "potassium", {"value": potassium, "unit": "mmol/L"}, 0),
        variants._observation("c", "creatinine", {"value": creatinine, "unit": "mg/dL"}, 0),
        *(variants._condition(f"s{n}", text) for n, text in enumerate(states)),
        *(
            {"resourceType": "MedicationStatement", "id": f"d{n}", "status": "active",
             "subject": {"reference": "Patient/p1"}, "medicationCodeableConcept": {"text": text}}
            for n, text in enumerate(drugs)
        ),
    ]  # fmt: skip
    return form, {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources]}


def test_a_form_and_fhir_mean_the_same() -> None:
    random = Random(4)
    for _ in range(many(40, 2_000)):
        form, bundle = as_form(random)
        told = meaning(assess(read(json.dumps(form).encode()), as_of=int(variants.NOW.timestamp())))
        other = answered(bundle)
        for part in ("level", "urgency", "companions", "steps", "treatment", "follow_up"):
            assert _without_words(told[part]) == _without_words(other[part]), (part, form)


def _without_words(part: Any) -> Any:
    """Without how the facts were written: a reader keeps the words of its source."""
    if isinstance(part, dict):
        return {
            k: _without_words(v)
            for k, v in part.items()
            if k not in ("evidence", "says", "as_written", "for", "against")
        }
    return [_without_words(v) for v in part] if isinstance(part, list) else part
