"""P-19: the chance that a recommended plan passes the safety limit, found again by fresh draws with another seed

Made-up adults over the whole range of age, weight, kidney and level. Where the search recommends a plan, it is run on draws
it was not found with; the chance of passing the safety limit must stay under the stated bound, within Monte Carlo error,
and no plan may break a ceiling.
"""

from __future__ import annotations

import json
import os
from random import Random
from typing import Any

from hypomag import check
from hypomag.body import ahead
from hypomag.body.known import Mistake, forecasting
from hypomag.forecast import likely
from hypomag.forecast.likely import from_patient
from hypomag.forecast.search import candidates, searched
from hypomag.read import read
from hypomag.record import Refused

UNTIL, DRAWS, FRESH = 336.0, 500, 2000
CAUSES = (
    "omeprazole 20 mg daily",
    "furosemide 40 mg daily",
    "hydrochlorothiazide 25 mg daily",
    "cisplatin",
    "tacrolimus",
)
STATES = ("no kidney injury", "chronic diarrhoea", "alcohol use disorder", "type 2 diabetes", "Crohn disease")


def person(random: Random) -> bytes:
    """One form: half of them with a kidney that is clearly sound, so that options carry amounts."""
    day = "2026-11-22"
    given: dict[str, Any] = {
        "as_of": f"{day}T08:00:00Z",
        "patient": {
            "age": f"{random.randint(18, 92)} y",
            "sex": random.choice(("female", "male")),
            "weight": f"{random.randint(45, 130)} kg",
        },
        "medications": random.sample(CAUSES, random.randint(0, 2)),
        "conditions": ["no kidney injury", *random.sample(STATES, random.randint(0, 2))],
        "symptoms": ["no seizure", *random.sample(("muscle cramps", "tremor"), random.randint(0, 1))],
        "labs": {
            "magnesium": {"value": f"{random.uniform(0.30, 0.69):.2f} mmol/L", "time": f"{day}T06:00:00Z"},
            "creatinine": {"value": f"{random.uniform(0.5, 2.6):.2f} mg/dL", "time": f"{day}T06:00:00Z"},
        },
    }
    return json.dumps(given).encode()


def run() -> tuple[str, bool]:
    count, random = int(os.environ.get("HYPOMAG_CASES", "200")), Random(19)
    bound = forecasting()["goal"]["risk"]["value"]
    allowed = bound + 3 * (bound * (1 - bound) / FRESH) ** 0.5
    asked = recommended = run_again = over = faulty = none = 0
    worst = 0.0
    for k in range(count):
        try:
            mine = likely(read(person(random)), draws=DRAWS, seed=k + 1)
        except (Refused, Mistake):
            none += 1
            continue
        asked += 1
        found = searched(mine, UNTIL)
        chosen = found if found["plan"] else found["nearest"]
        recommended += found["plan"] is not None
        if not chosen:
            continue
        run_again += 1
        plans = candidates(mine.patient.answer["treatment"]["options"], UNTIL, mine.patient.egfr)
        plan = next(p for p in plans if (p.name, p.end) == (chosen["plan"], chosen["amount"]))
        faulty += bool(check.course(plan.rows, mine.patient.egfr))
        fresh = from_patient(mine.patient, FRESH, 1_000_000 + k)
        course = ahead.run(fresh.draws, plan.rows, UNTIL, seed=2_000_000 + k)
        high = float((course["serum"].max(axis=0) > fresh.goal.safety).mean())
        worst, over = max(worst, high), over + (high > allowed)
    met = over == 0 and faulty == 0 and run_again > 0
    text = (
        f"{count} made-up adults: {none} without a forecast, {asked} searched, {recommended} with a plan that reaches the goal; "
        f"that plan or else the nearest within the risk was run again for {run_again}. Highest chance of passing the safety "
        f"limit on fresh draws {100 * worst:.1f} % (bound {100 * bound:g} %, with Monte Carlo error {100 * allowed:.1f} %); "
        f"over it: {over}; breaking a ceiling: {faulty}.\n\nBar: {'met' if met else 'missed'}.\n"
    )
    return text, met
