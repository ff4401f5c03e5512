"""Made-up people as FHIR Bundles: values on and around every limit, in every unit, and what makes a result unusable."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from random import Random
from typing import Any

Json = dict[str, Any]
NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
VALUES = tomllib.loads((files("hypomag") / "cases" / "people.toml").read_text("utf-8"))
SPREAD, EDGES, PRINTED, OTHERS = (VALUES[part] for part in ("spread", "edges", "printed", "others"))
LOINC = {"mg/dL": "19123-9", "mg/L": "19123-9", "mmol/L": "2601-3", "mEq/L": "2601-3", "umol/L": "2601-3"}
TOLD = (
    *("torsades de pointes", "seizure", "dialysis", "acute kidney injury", "Crohn disease", "alcohol use disorder"),
    *(
        "myasthenia gravis",
        "complete heart block",
        "hypertension",
        "muscle cramps",
        "Gitelman syndrome",
        "pre-eclampsia",
    ),
    *("short bowel syndrome", "refeeding syndrome", "diabetic ketoacidosis", "bowel obstruction", "tetany"),
)
DRUGS = ("digoxin", "omeprazole", "furosemide", "cisplatin", "cetuximab", "rocuronium", "magnesium oxide", "lisinopril")


def person(seed: int) -> Json:
    """The Bundle of person number `seed`: the same number is the same person in every version."""
    r = Random(seed)
    who: Json = {"resourceType": "Patient", "id": "p"}
    age = r.choice([r.uniform(18, 95)] * 6 + [r.uniform(0, 18), r.uniform(0, 0.05)])
    if r.random() < 0.9:
        who["birthDate"] = (NOW - timedelta(days=age * 365.25)).date().isoformat()
    if r.random() < 0.9:
        who["gender"] = r.choice(["male", "female"])
    entries = [who, *magnesium(r), *others(r, age)]
    entries += [condition(text) for text in r.sample(TOLD, r.choice([0, 0, 1, 1, 2, 3]))]
    entries += [drug(name) for name in r.sample(DRUGS, r.choice([0, 0, 1, 2]))]
    if r.random() < 0.5:
        entries.append(encounter(r.choice(["IMP", "AMB"])))
    r.shuffle(entries)
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": e} for e in entries]}


def magnesium(r: Random) -> list[Json]:
    results = []
    for number in range(r.choice([0, 1, 1, 1, 1, 2, 3])):
        unit = r.choice(list(LOINC))
        value = r.choice(EDGES[unit]) if r.random() < 0.5 else abs(r.gauss(0.07, 0.05)) * SPREAD[unit]
        value = round(value + r.choice([0, 0, 0.01, -0.01, 0.001, -0.001]) * SPREAD[unit] / 10, 4)
        o = observation(f"m{number}", LOINC[unit], "Magnesium", value, unit, NOW - timedelta(hours=number * 24))
        if r.random() < 0.15:
            o["valueQuantity"]["comparator"] = r.choice(["<", "<=", ">", ">="])
        if r.random() < 0.3:
            o["referenceRange"] = [
                {e: {"value": v, "unit": unit} for e, v in zip(("low", "high"), PRINTED[unit], strict=True)}
            ]
        spoilt = r.random()
        if spoilt < 0.04:
            o["status"] = r.choice(["entered-in-error", "cancelled"])
        elif spoilt < 0.06:
            del o["valueQuantity"]["unit"], o["valueQuantity"]["code"], o["valueQuantity"]["system"]
        elif spoilt < 0.08:
            o["code"]["coding"][0]["code"] = "2601-3" if LOINC[unit] == "19123-9" else "19123-9"
        elif spoilt < 0.09:
            del o["effectiveDateTime"]
        elif spoilt < 0.11:
            del o["valueQuantity"]
            o["dataAbsentReason"] = {"text": "haemolysed"}
        results.append(o)
    if r.random() < 0.2:
        results.append(observation("u", "19124-7", "Magnesium [Mass/volume] in Urine", 9.0, "mg/dL", NOW))
    if r.random() < 0.1:
        results.append(observation("rbc", "2597-3", "Magnesium [Moles/volume] in Red Blood Cells", 1.9, "mmol/L", NOW))
    return results


def others(r: Random, age: float) -> list[Json]:
    found = []
    if r.random() < 0.8:
        for hours in (r.choice([2, 30, 47, 49, 100, 167, 169, 400]), 800)[: r.choice([1, 1, 2])]:
            value = round(r.choice(OTHERS["creatinine"]) * r.uniform(0.9, 1.1), 2)
            when = NOW - timedelta(hours=hours)
            found.append(observation(f"c{hours}", "2160-0", "Creatinine", value, "mg/dL", when))
    if r.random() < 0.3:
        egfr = r.choice(OTHERS["egfr"])
        found.append(observation("g", "98979-8", "eGFR", egfr, "mL/min/{1.73_m2}", NOW - timedelta(hours=3)))
    if r.random() < 0.7:
        weight = r.uniform(35, 120) if age >= 18 else 3 + 3 * age
        found.append(observation("w", "29463-7", "Body weight", round(weight, 1), "kg", NOW - timedelta(hours=50)))
    if r.random() < 0.5:
        found.append(observation("k", "2823-3", "Potassium", r.choice(OTHERS["potassium"]), "mmol/L", NOW))
    return found


def observation(key: str, code: str, text: str, value: float, unit: str, at: datetime) -> Json:
    ucum = unit.replace("mEq", "meq")
    return {
        "resourceType": "Observation", "id": key, "status": "final", "subject": {"reference": "Patient/p"},
        "code": {"coding": [{"system": "http://loinc.org", "code": code}], "text": text},
        "effectiveDateTime": at.isoformat(),
        "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": ucum},
    }  # fmt: skip


def condition(text: str) -> Json:
    active = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}
    return {
        "resourceType": "Condition", "id": text.replace(" ", "-"), "clinicalStatus": active, "code": {"text": text},
        "subject": {"reference": "Patient/p"}, "onsetDateTime": NOW.date().isoformat(),
    }  # fmt: skip


def drug(name: str) -> Json:
    return {
        "resourceType": "MedicationStatement", "id": name.replace(" ", "-"), "status": "active",
        "medicationCodeableConcept": {"text": name}, "subject": {"reference": "Patient/p"},
    }  # fmt: skip


def encounter(kind: str) -> Json:
    return {
        "resourceType": "Encounter", "id": "e", "status": "in-progress", "class": {"code": kind},
        "subject": {"reference": "Patient/p"}, "period": {"start": (NOW - timedelta(hours=60)).isoformat()},
    }  # fmt: skip
