"""How one spoilt Bundle ends: refused, abstaining, shown as a contradiction, right, or wrong."""

from __future__ import annotations

import json
from random import Random

from hypomag.assess import assess
from hypomag.diff.people import NOW
from hypomag.diff.people import person as patient
from hypomag.read import read
from hypomag.record import Refused
from tests.fuzz.mutate import plan_is_judged, spoil, still_means
from tests.grader.verdict import verdict


def outcome(seed: int) -> tuple[str, str]:
    """(`refused` | `agree` | `wider` | `contradiction shown` | `wrong`, which mutations and why); a crash is raised."""
    r = Random(seed)
    before = patient(r.randrange(10**6))
    bundle, names = spoil(r, before)
    try:
        answer = assess(read(json.dumps(bundle).encode()), as_of=int(NOW.timestamp()))
    except Refused:
        return "refused", names
    if answer["contradictions"]:
        return "contradiction shown", names
    means = still_means(bundle)
    if means is None:  # nobody to speak of
        said = answer["level"]["status"]
        return ("wrong" if said in ("low", "normal", "high") else "agree"), f"{names}: {said} of nobody"
    said, why = verdict(means, answer, NOW, plan_is_judged(bundle, before))
    return said, f"{names}: {why}"
