"""A whole call with one to four places changed at random: each gets a described reply, and each card keeps the invariants."""

from __future__ import annotations

import copy
import random
from collections import Counter
from pathlib import Path
from typing import Any

from tests.many import many
from tests.serve.test_hooks import HOOKS, broken
from tests.serve.ward import PATH, bundle, magnesium_by_vein, order, question, result, service, settings

CALLS = many(250, 20_000)
JUNK = (None, True, False, 0, -1, 10**30, 1.5, "", " ", "x", "\u202e", "<b>", "2026-13-45", "p1", "Patient/p2", "g", [], {}, [[]],
        [None], {"a": None}, [{}], "x" * 3000)  # fmt: skip


def whole(draw: random.Random) -> dict[str, Any]:
    """A call of any hook that has something to say."""
    hook = draw.choice(HOOKS)
    orders = [magnesium_by_vein(4, 0.5), order("k", "potassium chloride"), order("q", "sotalol")]
    body = question(hook, draw.choice([0.7, 1.1, 1.9, 6.0]), orders)
    taken = order("d", "digoxin", "active", text="daily")
    illness = {
        "resourceType": "Condition",
        "id": "c",
        "subject": {"reference": "Patient/p1"},
        "code": {"text": "heart failure"},
    }
    body["prefetch"] |= {"medications": bundle(taken), "conditions": bundle(illness)}
    body["prefetch"]["given"] = bundle(
        {"resourceType": "MedicationAdministration", "id": "g", "status": "completed", "subject": {"reference": "Patient/p1"},
         "medicationCodeableConcept": {"text": "magnesium sulfate"}, "effectiveDateTime": "2026-11-18T02:00:00Z",
         "dosage": {"dose": {"value": 2, "unit": "g"}}})  # fmt: skip
    body["prefetch"]["urine"] = bundle(result("2828-2", 30, "mmol/L", "Potassium urine"))
    return body


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every holder and key below a value."""
    found: list[tuple[Any, Any]] = []
    for key, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found += [(value, key), *places(one)]
    return found


def changed(body: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    made = copy.deepcopy(body)
    for _ in range(draw.randint(1, 4)):
        holder, key = draw.choice(places(made) or [(made, "hook")])
        how = draw.random()
        if how < 0.2 and isinstance(holder, dict):
            holder.pop(key, None)
        elif how < 0.3 and isinstance(holder, dict):
            holder[draw.choice(("modifierExtension", "extension", "status", "id", key))] = copy.deepcopy(
                draw.choice(JUNK)
            )
        elif how < 0.4:
            other, name = draw.choice(places(made))
            holder[key] = copy.deepcopy(other[name])
        else:
            holder[key] = copy.deepcopy(draw.choice(JUNK))
    return made


def test_every_mutant_gets_a_described_reply(tmp_path: Path) -> None:
    seen: Counter[int] = Counter()
    with service(settings(tmp_path, dev=True, repeat="until_answered")) as caller:
        for seed in range(CALLS):
            draw = random.Random(seed)
            body = changed(whole(draw), draw)
            reply = caller.post(PATH, json=body)
            seen[reply.status_code] += 1
            assert reply.status_code in (200, 400, 412, 413), f"seed {seed}: {reply.status_code}"
            if reply.status_code == 200:
                assert broken(reply.json()) == [], f"seed {seed}"
    assert seen[200] > CALLS / 10, seen
    assert seen[400] > CALLS / 50, seen
