"""Made-up people near every limit, as facts: for tests that need many records and a word for each way of being odd."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from hypomag.record import Record

Fact = tuple[str, dict[str, Any]]  # table, columns
Person = list[Fact]
NOW = 1_790_000_000  # a moment in 2026
HOUR, DAY, YEAR = 3600, 86_400, 31_557_600

# Values on both sides of every limit in the unit that is written, and a few far from them.
LABS: dict[str, dict[str, Sequence[float]]] = {
    "Magnesium": {
        "mg/dL": (
            0.3,
            0.69,
            0.7,
            0.71,
            0.89,
            0.9,
            0.92,
            0.99,
            1.0,
            1.19,
            1.2,
            1.45,
            1.55,
            1.69,
            1.7,
            2.0,
            2.43,
            2.44,
            5.0,
            7.3,
        ),
        "mmol/L": (0.2, 0.29, 0.3, 0.38, 0.4, 0.41, 0.49, 0.5, 0.62, 0.69, 0.7, 0.85, 1.0, 1.01, 1.99, 2.0, 3.0, 3.1),
        "mEq/L": (0.5, 0.59, 0.6, 0.8, 0.81, 0.82, 0.99, 1.0, 1.39, 1.4, 2.0, 2.01, 4.0, 6.0),
        "mg/L": (4, 6.9, 7, 9, 11.9, 12, 16.9, 17, 24.3, 24.4, 50),
        "umol/L": (250, 299, 300, 400, 499, 500, 699, 700, 1000, 1001, 2100),
    },
    "Potassium": {"mmol/L": (2.4, 2.5, 2.9, 3.0, 3.5, 4.2, 5.0, 6.5), "mEq/L": (2.4, 2.5, 2.9, 3.0, 4.2, 6.6)},
    "Calcium": {"mg/dL": (6.4, 6.5, 7.4, 7.5, 8.5, 9.4, 13.0), "mmol/L": (1.6, 1.87, 1.88, 2.3, 3.3)},
    "Ionized calcium": {"mmol/L": (0.79, 0.8, 0.89, 0.9, 1.12, 1.2, 1.6)},
    "Albumin": {"g/dL": (2.0, 2.8, 3.9, 4.0, 4.5), "g/L": (20, 40)},
    "Phosphate": {"mg/dL": (0.9, 1.0, 2.5, 3.3), "mmol/L": (0.3, 1.0)},
    "Sodium": {"mmol/L": (119, 120, 140, 160)},
    "Bicarbonate": {"mmol/L": (9, 10, 24, 40)},
    "Glucose": {"mg/dL": (39, 40, 100, 449, 450), "mmol/L": (2.0, 5.5, 30)},
    "QTc": {"ms": (400, 460, 499, 500, 530), "s": (0.41, 0.51)},
    "Creatinine": {"mg/dL": (0.5, 0.7, 0.9, 1.2, 2.1, 5.0), "umol/L": (60, 200)},
    "eGFR": {"mL/min/{1.73_m2}": (14, 29, 30, 59, 60, 95)},
}
USUAL = {
    ("Potassium", "mmol/L"): 4.2, ("Potassium", "mEq/L"): 4.2, ("Calcium", "mg/dL"): 9.4, ("Calcium", "mmol/L"): 2.3,
    ("Ionized calcium", "mmol/L"): 1.2, ("Sodium", "mmol/L"): 140, ("Bicarbonate", "mmol/L"): 24, ("QTc", "ms"): 400,
    ("Glucose", "mg/dL"): 100, ("Glucose", "mmol/L"): 5.5, ("Phosphate", "mg/dL"): 3.3, ("Albumin", "g/dL"): 4.5,
}  # fmt: skip
RANGES = {"mg/dL": (1.6, 2.6), "mmol/L": (0.66, 1.07), "mEq/L": (1.3, 2.1), "mg/L": (16, 26), "umol/L": (660, 1070)}
DRUGS = ("digoxin", "sotalol", "omeprazole", "furosemide", "citalopram", "lisinopril")
SIGNS = (
    "seizure",
    "tetany",
    "muscle cramps",
    "weakness",
    "torsades de pointes",
    "Chvostek sign",
    "confusion",
    "syncope",
)
DISEASES = ("coeliac disease", "pre-eclampsia", "acute myocardial infarction", "alcohol use disorder", "hypertension")


def lab(test: str, value: float | None, unit_text: str, start: int | None = NOW, **more: Any) -> Fact:
    known = {"text": test, "value": None if value is None else float(value), "unit_text": unit_text, "start": start}
    return "observations", known | {"start_precision": "second", "status": "final"} | more


def record_of(people: dict[str, Person]) -> Record:
    record = Record()
    for patient, facts in people.items():
        for table, columns in facts:
            record.add(table, patient, **columns)
    return record


def any_lab(random: Random, test: str) -> Fact:
    unit = random.choice(list(LABS[test]))
    value: float | None = random.choice(LABS[test][unit])
    if (test, unit) in USUAL and random.random() < 0.7:
        value = USUAL[test, unit]
    start: int | None = NOW - random.choice((0, 0, HOUR, 5 * HOUR, DAY, 2 * DAY, 2 * DAY + 1, 9 * DAY, 40 * DAY))
    more: dict[str, Any] = {}
    odd = random.random()
    if odd < 0.06:
        more["comparator"] = random.choice(("<", "<=", ">", ">=", "~"))
    elif odd < 0.10:
        more["status"] = random.choice(("preliminary", "corrected", "entered-in-error", "cancelled", "", "odd"))
    elif odd < 0.14:
        start = None
    elif odd < 0.18:
        more["start_precision"] = random.choice(("day", "month", "minute"))
    elif odd < 0.22:
        unit = random.choice(("", "g/dL", "nonsense", "mg/dL", "mmol/L"))
    elif odd < 0.25:
        value, more["value_text"] = None, random.choice(("low", "normal", "high", "pending"))
    elif odd < 0.28:
        more["unit"] = random.choice(("mg/dL", "mmol/L", "meq/L"))
    elif odd < 0.31:
        more["known_at"] = NOW + random.choice((-HOUR, 1))
    elif odd < 0.33:
        start = NOW + 1
    if test == "Magnesium":
        more |= _magnesium_only(random, unit)
    return lab(test, value, unit, start, **more)


def _magnesium_only(random: Random, unit: str) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if random.random() < 0.25 and unit in RANGES:
        low, high = RANGES[unit]
        more |= {"ref_low": float(low), "ref_high": random.choice((float(high), float(high), None))}
        if random.random() < 0.3:
            more["ref_unit"] = random.choice((unit, "mmol/L", "mg/dL", "nonsense"))
    elif random.random() < 0.05:
        more |= {"ref_low": random.choice((0.7, 1.7, 17.0, 170.0)), "ref_high": 3.0}
    if random.random() < 0.1:
        more["specimen"] = random.choice(("Serum", "Urine", "Blood", "Whole blood", "Plasma"))
    if random.random() < 0.15:
        more |= {"system": "loinc", "code": random.choice(("19123-9", "2601-3", "2597-3", "19124-7", "2823-3"))}
    return more


def anybody(random: Random) -> Person:
    """A person with some of everything."""
    facts: Person = []
    birth = random.choice((None, NOW - 3 * DAY, NOW - 100 * DAY, NOW - 12 * YEAR, NOW - 40 * YEAR, NOW - 80 * YEAR))
    sex = random.choice(("male", "female", "other", None))
    facts.append(("patients", {"birth": birth, "sex": sex}))
    facts += [any_lab(random, "Magnesium") for _ in range(random.choice((0, 1, 1, 1, 2, 3)))]
    for test in LABS:
        if test != "Magnesium" and random.random() < 0.35:
            facts += [any_lab(random, test) for _ in range(random.choice((1, 1, 2)))]
    for text in random.sample(DRUGS, random.choice((0, 0, 1, 2))):
        facts.append(("medications", _drug(random, text)))
    for text in random.sample(SIGNS, random.choice((0, 0, 0, 0, 0, 0, 1, 2))):
        facts.append(
            (
                "conditions",
                {"text": text, "kind": "symptom", "start": random.choice((None, None, NOW - DAY, NOW - 20 * DAY))},
            )
        )
    for text in random.sample(DISEASES, random.choice((0, 0, 1))):
        facts.append(("conditions", {"text": text}))
    if any(columns.get("text") == "pre-eclampsia" for _, columns in facts):
        route = random.choice(("IV", "oral"))
        facts.append(
            ("medications", {"text": "magnesium sulfate", "kind": "ordered", "status": "active", "route": route})
        )
    return facts


def _drug(random: Random, text: str) -> dict[str, Any]:
    kind, status = random.choice(
        (("ordered", "active"), ("ordered", "active"), ("given", "completed"), ("planned", "active"))
    )
    start = NOW - random.choice((HOUR, 6 * DAY, 8 * DAY))
    return {"text": text, "kind": kind, "status": random.choice((status, status, "stopped")), "start": start}


def crowd(seed: int, how_many: int) -> dict[str, Person]:
    random = Random(seed)
    return {f"p{n:06}": anybody(random) for n in range(how_many)}
