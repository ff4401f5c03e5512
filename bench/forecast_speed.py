"""How long a forecast takes, warm: the draws, and plans for 14 days by the hour; and a trial, per thousand people.

python -m bench.forecast_speed
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from hypomag.forecast import likely
from hypomag.read import read
from hypomag.trial.run import trial

FORM = {
    "as_of": "2026-11-22T08:00:00Z",
    "patient": {"age": "58 y", "sex": "female", "weight": "70 kg"},
    "medications": ["omeprazole 20 mg daily since 2019"],
    "conditions": ["no kidney injury"],
    "labs": {
        "magnesium": [
            {"value": "1.1 mg/dL", "time": "2026-11-20T08:00:00Z"},
            {"value": "1.2 mg/dL", "time": "2026-11-22T07:00:00Z"},
        ],
        "creatinine": {"value": "0.9 mg/dL", "time": "2026-11-22T07:00:00Z"},
    },
}
PLANS = [
    "magnesium sulfate 2 g IV over 2 h",
    "magnesium sulfate 4 g IV over 4 h every 24 h for 3 d",
    "magnesium citrate 243 mg elemental by mouth twice a day for 14 d",
]
REPEATS = 7


def timed(what: Callable[[], Any]) -> tuple[float, float]:
    """(shortest wall time, shortest CPU time) of REPEATS, ms, after one that is not counted."""
    what()
    walls, cpus = [], []
    for _ in range(REPEATS):
        wall, cpu = time.perf_counter(), time.process_time()
        what()
        walls.append(1000 * (time.perf_counter() - wall))
        cpus.append(1000 * (time.process_time() - cpu))
    return min(walls), min(cpus)


def main() -> None:
    record = read(json.dumps(FORM).encode())
    print("| what | wall, ms | CPU, ms |\n| --- | --- | --- |")
    for n in (500, 2000):
        mine = likely(record, draws=n)
        rows = {
            f"{n:,} draws brought to now (assessment included)": lambda n=n: likely(record, draws=n),
            f"{n:,} draws, nothing given and one plan": lambda mine=mine: mine.run(PLANS[:1]),
            f"{n:,} draws, nothing given and three plans": lambda mine=mine: mine.run(PLANS),
        }
        for name, what in rows.items():
            wall, cpu = timed(what)  # type: ignore[arg-type]
            print(f"| {name} | {wall:.0f} | {cpu:.0f} |")
    wall, cpu = timed(lambda: trial(["nhs_highland"], "medical", 10_000))
    print(f"| 10,000 people followed for 14 days by one protocol | {wall:.0f} | {cpu:.0f} |")


if __name__ == "__main__":
    main()
