"""One heavy patient as FHIR (300 labs, 90 drugs, 70 conditions): body to answer, in process, in milliseconds.

A fifth of the drugs and conditions are ones that the knowledge names; the rest are everyday ones.

    python -m bench.bedside

Beside it a plain-Python script for one patient that decides level and urgency only (tests/oracle).
"""

from __future__ import annotations

import gc
import json
import platform
import random
import time
from collections.abc import Callable
from typing import Any

from tests.oracle.answer import answers as plainly

from hypomag import knowledge
from hypomag.assess import assess
from hypomag.read import read
from hypomag.recognise import recognise
from hypomag.record import seal
from hypomag.write import json_text

LABS = [
    ("19123-9", "Magnesium", 1.2, "mg/dL"), ("2823-3", "Potassium", 3.2, "mmol/L"), ("17861-6", "Calcium", 8.1, "mg/dL"),
    ("2160-0", "Creatinine", 1.1, "mg/dL"), ("2951-2", "Sodium", 138, "mmol/L"), ("2777-1", "Phosphate", 2.9, "mg/dL"),
    ("1751-7", "Albumin", 3.4, "g/dL"), ("2345-7", "Glucose", 118, "mg/dL"), ("2075-0", "Chloride", 101, "mmol/L"),
    ("1963-8", "Bicarbonate", 25, "mmol/L"), ("718-7", "Hemoglobin", 12.1, "g/dL"), ("6690-2", "Leukocytes", 7.2, "10*3/uL"),
]  # fmt: skip
OTHER_DRUGS = ("lisinopril", "atorvastatin", "acetaminophen", "levothyroxine", "amlodipine", "sertraline", "gabapentin")
OTHERS = ("essential hypertension", "osteoarthritis of knee", "hyperlipidaemia", "cataract", "viral sinusitis")
DAY = 86_400
RUNS = 100


def bundle(seed: int) -> bytes:
    """A Bundle of one invented patient; drugs and conditions are names from the knowledge, values random."""
    draw = random.Random(seed)
    tables = knowledge.load().tables
    drugs = draw.sample(tables["drugs"].column("name"), 18) + [draw.choice(OTHER_DRUGS) for _ in range(72)]
    conditions = draw.sample(tables["causes"].column("name"), 14) + [draw.choice(OTHERS) for _ in range(56)]
    subject = {"reference": "Patient/p"}

    def at(days: float) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_780_000_000 - days * DAY))

    entries: list[dict[str, Any]] = [
        {"resourceType": "Patient", "id": "p", "birthDate": "1958-04-02", "gender": "female"}
    ]
    for n in range(300):
        code, text, value, unit = LABS[n % len(LABS)]
        entries.append(
            {
                "resourceType": "Observation", "id": f"o{n}", "status": "final", "subject": subject,
                "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": text}], "text": text},
                "valueQuantity": {
                    "value": round(value * draw.uniform(0.8, 1.2), 2), "unit": unit,
                    "system": "http://unitsofmeasure.org", "code": unit,
                },
                "effectiveDateTime": at(n / 10), "issued": at(n / 10),
            }
        )  # fmt: skip
    for n, name in enumerate(drugs):
        entries.append(
            {
                "resourceType": "MedicationRequest", "id": f"m{n}", "status": "active", "intent": "order",
                "subject": subject, "medicationCodeableConcept": {"text": f"{name} oral tablet"}, "authoredOn": at(n),
            }
        )  # fmt: skip
    for n, name in enumerate(conditions):
        active = {"coding": [{"code": "active"}]}
        entries.append(
            {
                "resourceType": "Condition", "id": f"c{n}", "subject": subject, "clinicalStatus": active,
                "code": {"text": name}, "onsetDateTime": at(n * 30),
            }
        )  # fmt: skip
    return json.dumps(
        {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": entry} for entry in entries]}
    ).encode()


def milliseconds(act: Callable[[], object], runs: int) -> tuple[list[float], list[float]]:
    """By the clock on the wall and by the processor, each sorted: on a busy machine only the second is the program's own."""
    wall, own = [], []
    for _ in range(runs):
        start, start_own = time.perf_counter(), time.process_time()
        act()
        own.append((time.process_time() - start_own) * 1e3)
        wall.append((time.perf_counter() - start) * 1e3)
        gc.collect(1)
    return sorted(wall), sorted(own)


def main() -> None:
    body = bundle(1)
    others = [bundle(seed) for seed in range(2, 12)]
    for other in others:
        assess(read(other))
    sealed = seal(read(body))
    said, coded, _ = recognise(sealed, knowledge.load())
    gc.collect()
    gc.freeze()
    gc.disable()
    acts: dict[str, Callable[[], object]] = {
        "read and seal": lambda: seal(read(body)),
        "words and codes": lambda: recognise(sealed, knowledge.load()),
        "sealed record to answer": lambda: assess(sealed),
        "body to answer": lambda: assess(read(body)),
        "body to JSON": lambda: json_text.write(assess(read(body))),
        "plain Python, level and urgency only, from the sealed record": lambda: list(
            plainly(sealed.tables, said, coded, 1_780_000_000)
        ),
    }
    print(f"{platform.machine()}, Python {platform.python_version()}, body {len(body) / 1e3:.0f} kB, {RUNS} runs")
    print("\n| | p50 ms | p99 ms | p50 CPU ms | p99 CPU ms | least CPU ms |\n|---|---|---|---|---|---|")
    for name, act in acts.items():
        wall, own = milliseconds(act, RUNS)
        figures = [f"{taken[place]:.1f}" for taken in (wall, own) for place in (RUNS // 2, -1 - RUNS // 100)]
        print(f"| {name} | {' | '.join(figures)} | {own[0]:.1f} |")


if __name__ == "__main__":
    main()
