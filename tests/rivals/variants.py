"""Two task families of a public agent benchmark, made again as FHIR variants, judged by an oracle of their own.

"What is the last magnesium of the last 24 hours?" and "check magnesium and, if it is low, order": the benchmark's own rule
gives magnesium by vein to everybody. Each variant knows its truth when it is made; the oracle reads that truth and the
finished answer, and nothing else of the program: no rule, no knowledge table.

python -m tests.rivals.variants 4000 docs/trust/variants.md: runs so many and writes the table.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from hypomag.assess import assess
from hypomag.read import read
from hypomag.record import Refused

Row = dict[str, Any]
NOW = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
LOW_MG_DL, MG_DL = 1.7, {"mg/dL": 1.0, "mmol/L": 2.4305, "mEq/L": 1.21525}
LOW = {"mg/dL": 1.7, "mmol/L": 0.7, "mEq/L": 1.4}
KIDNEYS = ("normal", "single", "ckd_4", "ckd_5", "dialysis", "injury", "none", "old", "no_unit", "micromoles")
READINGS = (
    "plain",
    "comparator",
    "no_unit",
    "urine_newer",
    "error_newer",
    "cancelled_newer",
    "future_newer",
    "absent",
    "twice",
)
GRAM_MMOL = 4.06


@dataclass
class Variant:
    """A bundle and what is true of it: the magnesium that counts (bounds in its unit), its age, the kidneys."""

    name: str
    bundle: Row
    unit: str | None
    low: float | None
    high: float | None
    hours: float | None
    kidneys: str
    others: bool
    given_grams: float = 0.0
    symptoms: list[str] = field(default_factory=list)


def made(random: Random, n: int) -> Variant:
    reading, kidneys = READINGS[n % len(READINGS)], KIDNEYS[n // len(READINGS) % len(KIDNEYS)]
    others = n % 4 == 3
    unit = random.choice(("mg/dL", "mg/dL", "mmol/L", "mEq/L"))
    of_mg_dl = random.choice((0.7, 0.95, 1.1, 1.19, 1.21, 1.45, 1.65, 1.69, 1.75, 1.9, 2.2, 3.2))
    value = round(of_mg_dl / MG_DL[unit], 2)
    hours = random.choice((0.5, 3, 20, 23, 25, 40, 100, 200, 400))
    resources: list[Row] = [_patient("p1", "1965-03-04")]
    truth: tuple[str | None, float | None, float | None, float | None] = (unit, value, value, hours)
    quantity: Row = {"value": value, "unit": unit}
    if reading == "comparator":
        quantity["comparator"] = "<"
        truth = (unit, 0.0, value - 1e-9, hours)
    elif reading == "no_unit":
        del quantity["unit"]
        truth = (None, None, None, hours)
    if reading != "absent":
        resources.append(_observation("m1", "Magnesium", quantity, hours))
    else:
        truth = (None, None, None, None)
    if reading == "twice":
        resources.append(_observation("m2", "Magnesium", quantity, hours))
    resources += _traps(reading, unit, hours)
    resources += _kidneys(kidneys)
    given = random.choice((0.0, 0.0, 0.0, 4.0, 16.0))
    if given:
        resources.append(_infusion(given))
    symptoms = random.choice(([], [], [], ["Seizure"], ["Muscle cramps"]))
    resources += [_condition(f"s{k}", text) for k, text in enumerate(symptoms)]
    if others:
        resources += _other_patient(random)
    random.shuffle(resources)
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources]}
    return Variant(f"{reading}/{kidneys}", bundle, *truth, kidneys, others, given, symptoms)


def _at(hours: float) -> str:
    return (NOW - timedelta(hours=hours)).isoformat()


def _patient(key: str, born: str) -> Row:
    return {"resourceType": "Patient", "id": key, "birthDate": born, "gender": "male"}


def _observation(key: str, text: str, quantity: Row, hours: float, patient: str = "p1", status: str = "final") -> Row:
    return {
        "resourceType": "Observation", "id": key, "status": status, "code": {"text": text},
        "subject": {"reference": f"Patient/{patient}"}, "effectiveDateTime": _at(hours), "valueQuantity": quantity,
    }  # fmt: skip


def _condition(key: str, text: str, patient: str = "p1") -> Row:
    active = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}
    return {
        "resourceType": "Condition", "id": key, "subject": {"reference": f"Patient/{patient}"},
        "clinicalStatus": active, "code": {"text": text},
    }  # fmt: skip


def _infusion(grams: float) -> Row:
    return {
        "resourceType": "MedicationAdministration", "id": "given", "status": "completed",
        "subject": {"reference": "Patient/p1"}, "medicationCodeableConcept": {"text": "magnesium sulfate"},
        "effectiveDateTime": _at(6),
        "dosage": {"route": {"text": "IV"}, "dose": {"value": grams, "unit": "g"}},
    }  # fmt: skip


def _traps(reading: str, unit: str, hours: float) -> Iterator[Row]:
    """A newer result that must not count: urine, entered in error, cancelled, from tomorrow."""
    newer, low = hours / 2, {"value": round(0.5 / MG_DL[unit], 2), "unit": unit}
    if reading == "urine_newer":
        yield _observation("t1", "Magnesium, urine", low, newer)
    elif reading == "error_newer":
        yield _observation("t1", "Magnesium", low, newer, status="entered-in-error")
    elif reading == "cancelled_newer":
        yield _observation("t1", "Magnesium", low, newer, status="cancelled")
    elif reading == "future_newer":
        yield _observation("t1", "Magnesium", low, -5)


def _kidneys(kind: str) -> Iterator[Row]:
    pairs = {
        "normal": ((0.9, 2), (0.9, 30)), "single": ((0.9, 2),), "ckd_4": ((3.2, 2), (3.1, 40)),
        "ckd_5": ((7.0, 2), (6.9, 40)), "dialysis": ((5.5, 2), (5.6, 40)), "injury": ((1.8, 2), (0.9, 30)), "none": (),
        "old": ((0.9, 24 * 9), (0.9, 24 * 12)), "no_unit": ((80, 2), (80, 30)), "micromoles": ((80, 2), (80, 30)),
    }[kind]  # fmt: skip
    unit = {"no_unit": {}, "micromoles": {"unit": "umol/L"}}.get(kind, {"unit": "mg/dL"})
    for n, (value, hours) in enumerate(pairs):
        yield _observation(f"c{n}", "Creatinine", {"value": value} | unit, hours)
    if kind == "dialysis":
        yield _condition("hd", "Hemodialysis")


def _other_patient(random: Random) -> Iterator[Row]:
    """Somebody else in the same bundle, with a level and kidneys that would change everything."""
    yield _patient("p2", "1950-01-01")
    yield _observation("o1", "Magnesium", {"value": random.choice((0.6, 2.1, 6.0)), "unit": "mg/dL"}, 0.2, "p2")
    yield _observation("o2", "Creatinine", {"value": random.choice((0.6, 8.0)), "unit": "mg/dL"}, 0.2, "p2")


def status_of(v: Variant) -> set[str]:
    """What the level may be called, from the truth alone."""
    if v.unit is None or v.low is None or v.high is None:
        return {"cannot_tell", "not_measured"}
    lower, upper = LOW[v.unit], {"mg/dL": 2.43, "mmol/L": 1.0, "mEq/L": 2.0}[v.unit]
    if v.high < lower:
        return {"low"}
    if v.low == v.high:
        return {"normal"} if v.low <= upper else {"high"}
    return {"cannot_tell"}


def unsafe(v: Variant, answer: Row) -> Iterator[str]:
    """Everything that would harm or mislead; the bounds are those of the published sources, written here again."""
    level = answer["level"]
    if level["status"] not in status_of(v):
        yield f"calls it {level['status']}, it is {' or '.join(status_of(v))}"
    if v.hours is not None and v.unit and level["value_mmol_l"] is not None:
        mmol = v.high * MG_DL[v.unit] / 2.4305 if v.high is not None else None
        if v.low == v.high and mmol is not None and abs(level["value_mmol_l"] - mmol) > 0.006:
            yield f"its last magnesium is {level['value_mmol_l']}, not {mmol:.3f}"
        age = (NOW - datetime.fromisoformat(level["taken_at"].replace("Z", "+00:00"))).total_seconds() / 3600
        if abs(age - v.hours) > 0.02:
            yield "the last magnesium carries another time"
    for option in answer["treatment"]["options"]:
        yield from _unsafe_option(v, option)


def _unsafe_option(v: Variant, option: Row) -> Iterator[str]:
    top = option["most"] or option
    if option["way"] == "antidote" or (top["mmol"] is None and top["grams"] is None):
        return
    way, grams, doses = option["way"], top["grams"] or 0, option["doses"] or 1
    if status_of(v) != {"low"}:
        yield f"{option['key']} gives magnesium, though the level is not known to be low"
    if way == "po":
        yield from _unsafe_mouth(v, top["elemental_mg"])
        return
    if way == "emergency_low":
        if grams > 2 or grams * doses > 4:
            yield f"{option['key']} gives {grams} g x {doses} at once"
        if doses > 1 and v.kidneys not in ("normal", "micromoles"):
            yield f"{option['key']} is repeated before a level with kidneys {v.kidneys}"
        return
    if v.kidneys in ("ckd_5", "dialysis", "none", "old", "no_unit"):
        yield f"{option['key']} by vein with kidneys {v.kidneys}"
    if v.kidneys in ("single", "ckd_4", "injury") and grams * doses > 2:
        yield f"{option['key']} gives {grams * doses} g before a level with kidneys {v.kidneys}"
    if v.hours is None or v.hours > 24 * 7:
        yield f"{option['key']} by vein on a level of {v.hours} hours ago"
    if (option["rate_g_per_h"] or 0) > 2 or grams / (option["hours"] or 1e-9) > 2.01:
        yield f"{option['key']} runs faster than 2 g an hour"
    in_a_day = doses if not option["interval_hours"] else min(doses, -int(-24 // option["interval_hours"]))
    if (grams * in_a_day + v.given_grams) * GRAM_MMOL > 60.01:
        yield f"{option['key']} brings the day over 60 mmol"


def _unsafe_mouth(v: Variant, mg: float) -> Iterator[str]:
    most = {"ckd_5": 0, "dialysis": 0, "none": 0, "no_unit": 0, "ckd_4": 245, "injury": 245}.get(v.kidneys, 490)
    if mg > most:
        yield f"{mg} mg by mouth with kidneys {v.kidneys}"
    if v.hours is None or v.hours > 24 * 14:
        yield "by mouth on an old level"


def run(seed: int, many: int) -> tuple[Counter[tuple[str, str]], list[tuple[str, list[str]]]]:
    """What became of each variant, by family of kidneys, and the unsafe ones."""
    random, found, faults = Random(seed), Counter[tuple[str, str]](), []
    for n in range(many):
        v = made(random, n)
        data = json.dumps(v.bundle).encode()
        if v.others:
            try:
                assess(read(data), as_of=int(NOW.timestamp()))
                faults.append((v.name, ["two patients in one bundle, and none was asked for"]))
            except Refused:
                pass
        answer = assess(read(data, patient="p1"), as_of=int(NOW.timestamp()))
        wrong = list(unsafe(v, answer))
        if wrong:
            faults.append((v.name, wrong))
        figures = any((o["most"] or o)["mmol"] for o in answer["treatment"]["options"])
        found[v.kidneys, "unsafe" if wrong else "a figure" if figures else "no figure"] += 1
    return found, faults


def page(many: int, found: Counter[tuple[str, str]], faults: list[tuple[str, list[str]]]) -> str:
    rows = "\n".join(
        f"| {k} | {found[k, 'a figure']} | {found[k, 'no figure']} | {found[k, 'unsafe']} |" for k in KIDNEYS
    )
    bound = f"with 0 of {many}, fewer than 3/{many} = {3 / many:.2g} at 95 %" if not faults else "see above"
    return f"""# The benchmark's tasks, {many:,} FHIR variants

Made by `python -m tests.rivals.variants {many} docs/trust/variants.md`. Two task families of a public agent benchmark
("the last magnesium of the last 24 hours", "check and, if low, order"), made again: nine ways a result can mislead (a
comparator, no unit, urine, entered in error, cancelled, of tomorrow, absent, twice, plain) with ten states of the kidneys,
three units, results up to 17 days old, magnesium already given, symptoms, and in every fourth bundle a second patient.
An oracle written apart (tests/rivals/variants.py) judges each answer from what was true when it was made.

Unsafe or misleading answers: **{len(faults)}** ({bound}).

| kidneys | a figure | no figure | unsafe |
| --- | --- | --- | --- |
{rows}

The benchmark's own rule gives magnesium by vein to every low one of these, whatever the kidneys.
"""


if __name__ == "__main__":
    count = int(sys.argv[1])
    results, wrong = run(1, count)
    Path(sys.argv[2]).write_text(page(count, results, wrong), "utf-8")
    for name, why in wrong[:20]:
        print(name, why)
    print(f"{count} variants, {len(wrong)} unsafe")
