"""Long runs whose figures stand in docs/trust/results: each writes its counts, the command and the version.

python -m tools.campaign grader 20000       # random patients against the independent grader
python -m tools.campaign spoilt 20000       # spoilt Bundles against it
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.fuzz.outcome import outcome
from tests.grader.verdict import verdict

from hypomag import __version__, knowledge
from hypomag.assess import assess
from hypomag.diff.people import person
from hypomag.read import read

RESULTS = Path(__file__).parents[1] / "docs" / "trust" / "results"


def grader(seed: int) -> tuple[str, str]:
    bundle = person(seed)
    return verdict(bundle, assess(read(json.dumps(bundle).encode())))


KINDS: dict[str, tuple[str, Callable[[int], tuple[str, str]]]] = {
    "grader": ("random patients against the independent grader: level, grade, ceilings of the plan", grader),
    "spoilt": ("Bundles with one to three mutations against the independent grader", outcome),
}


def main(kind: str, how_many: int) -> None:
    what, once = KINDS[kind]
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    began = time.process_time()
    for seed in range(how_many):
        said, why = once(seed)
        counts[said] += 1
        if said == "wrong":
            wrong.append(f"{seed}: {why}")
    bound = 3 / how_many if not wrong else None  # the rule of three: at most this share, with 95 % confidence
    found = {
        "what": what, "command": f"python -m tools.campaign {kind} {how_many}", "runs": how_many,
        "outcomes": dict(sorted(counts.items())), "silently_wrong": len(wrong), "upper_bound": bound,
        "cpu_seconds": round(time.process_time() - began), "program": __version__,
        "knowledge": knowledge.load().version, "wrong": wrong[:20],
    }  # fmt: skip
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{kind}.json").write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
