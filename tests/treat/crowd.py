"""A crowd of made-up people, each fact drawn apart, so that rare combinations meet: for properties of the plan."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.treat.people import AS_OF, HOUR, Person, lab, magnesium

UNITS = {"mg/dL": 1.0, "mmol/L": 1 / 2.4305, "mEq/L": 2 / 2.4305}
SIGNS = ["torsades", "seizure", "tetany", "ventricular_tachycardia", "cardiac_arrest", "long_qt", "weakness", "coma"]
STATES = [
    *("heart_block", "myasthenia_gravis", "myocardial_ischaemia", "dialysis", "hemodialysis", "acute_kidney_injury"),
    *("oliguria", "reflexes_lost", "respiratory_depression", "hypotension", "pregnancy", "pre_eclampsia", "eclampsia"),
    *("bowel_obstruction", "nil_by_mouth", "iv_access_lacking", "parenteral_nutrition", "gitelman", "short_bowel"),
    *("refeeding", "chronic_kidney_disease_4", "chronic_kidney_disease_5", "neuromuscular_blocker_use"),
]
DRUGS: list[dict[str, Any]] = [
    {"text": "digoxin"},
    {"text": "rocuronium"},
    {"text": "cetuximab"},
    {"text": "cisplatin"},
    {"text": "magnesium_oxide", "dose": 400.0, "dose_unit": "mg", "frequency": 2.0, "route": "oral"},
    {"text": "magnesium_hydroxide", "route": "oral"},
    {"text": "magnesium_sulfate", "dose": 2.0, "dose_unit": "g", "kind": "given", "route": "iv", "start": AS_OF - HOUR},
    {
        "text": "magnesium_sulfate",
        "dose": 10.0,
        "dose_unit": "g",
        "kind": "given",
        "route": "iv",
        "start": AS_OF - HOUR,
    },
    {"text": "magnesium_sulfate", "rate": 1.0, "rate_unit": "g/h", "route": "iv", "start": AS_OF - 5 * HOUR},
]


def person(random: Random) -> Person:
    """One person; about a third of the facts anybody could have are missing or cannot be read."""
    age = random.choice([None, 0.02, 0.5, 3.0, 9.0, 16.0, 17.99, 18.0, 45.0, 60.0, 88.0])
    labs: list[tuple[Any, ...]] = []
    for hours in random.choices([1, 5, 47, 49, 100, 200, 500], k=random.choice([0, 1, 1, 2])):
        unit = random.choice(list(UNITS))
        value = random.choice([0.3, 0.8, 0.95, 1.0, 1.15, 1.2, 1.3, 1.6, 1.69, 1.7, 2.0, 2.6, 4.0, 6.0, 8.0])
        unit_said = random.choice([unit, unit, unit, unit, ""])
        labs.append(
            magnesium(round(value * UNITS[unit], 3), unit_said, hours, comparator=random.choice(["", "", "", "<"]))
        )
    for hours in random.choices([1, 20, 47, 49, 100, 200, 2000], k=random.choice([0, 1, 2, 2])):
        value = random.choice([0.5, 0.8, 0.9, 1.0, 1.4, 2.0, 2.6, 4.0, 7.0])
        labs.append(lab("creatinine", value, random.choice(["mg/dL"] * 6 + [""]), hours))
    if random.random() < 0.5:
        labs.append(
            lab("egfr", random.choice([8, 14, 15, 29, 30, 60, 110]), "mL/min/{1.73_m2}", random.choice([1, 47, 300]))
        )
    if random.random() < 0.6:
        weight = random.choice([3.2, 8.0, 20.0, 39.0, 49.9, 50.0, 70.0, 150.0])
        labs.append(lab("weight", weight, "kg", random.choice([5, 24 * 91])))
    for analyte, values, unit in (
        ("respiratory_rate", [8, 11, 12, 15, 16, 20], "/min"),
        ("systolic", [80, 89, 90, 130], "mm[Hg]"),
        ("urine_output", [10, 24, 25, 34, 35, 80], "mL/h"),
    ):
        if random.random() < 0.3:
            labs.append(
                lab(analyte, random.choice(values), random.choice([unit] * 5 + [""]), random.choice([1, 23, 25]))
            )
    few = random.choice([0, 0, 1, 1, 2])
    return Person(
        age=age,
        sex=random.choice(["male", "female", None]),
        pregnant=random.choice([None, None, 0, 1]),
        labs=labs,
        drugs=random.sample(DRUGS, k=random.choice([0, 0, 1, 1, 2])),
        has=random.sample(SIGNS, k=random.choice([0, 0, 1])) + random.sample(STATES, k=few),
        denies=random.sample(["heart_block", "myasthenia_gravis", "acute_kidney_injury"], k=random.choice([0, 1])),
        setting=random.choice([None, "IMP", "AMB"]),
    )


def crowd(seed: int, many: int) -> dict[str, Person]:
    random = Random(seed)
    return {f"p{n:06d}": person(random) for n in range(many)}
