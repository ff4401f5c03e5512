"""The sum over 32 states is the sum over every way in which causes may be at work: counted out one by one."""

from __future__ import annotations

import math
from itertools import product

import pytest
from tools.why_run import Told

from tests.why import model
from tests.why.model import STEPS, Person, likelihood

FEW = (
    Told("alcohol_use_disorder", "alcohol_use_disorder", 9_500),
    Told("ppi", "omeprazole"),
    Told("dka", "dka", 9_500),
)


@pytest.mark.parametrize("finding", [{}, {"femg": "fe_4_to_8"}, {"femg": "fe_under_1", "potassium": "low"}])
def test_states_equal_worlds_counted_out(monkeypatch: pytest.MonkeyPatch, finding: dict[str, str]) -> None:
    person = Person(FEW, finding)
    every = model.chances(person)
    few = {key: p for key, p in every.items() if key[0] in {t.cause for t in FEW}}
    monkeypatch.setattr(model, "chances", lambda _: few)
    found = model.posterior(person)

    switches = [*few.items(), *((("leak", step), p) for step, p in model.leaks(person).items())]
    total, at_work, fails = 0.0, dict.fromkeys(few, 0.0), dict.fromkeys((*STEPS, "other"), 0.0)
    alcohol = 0.0
    for on in product((0, 1), repeat=len(switches)):
        p = math.prod(q if yes else 1 - q for yes, (_, q) in zip(on, switches, strict=True))
        working = {key for yes, (key, _) in zip(on, switches, strict=True) if yes}
        if not working:
            continue  # nothing lowers magnesium, and it is low
        world = tuple(int(any(step == s for _, s in working)) for step in STEPS)
        if "femg" in finding:
            p *= likelihood()["femg", model.kidney(world)][finding["femg"]]
        total += p
        for key in working & few.keys():
            at_work[key] += p
        for step in fails:
            fails[step] += p * any(s == step for _, s in working)
        alcohol += p * any(cause == "alcohol_use_disorder" for cause, _ in working)
    assert found.steps == pytest.approx({s: p / total for s, p in fails.items()})
    assert {k: found.at_work[k] for k in few} == pytest.approx({k: p / total for k, p in at_work.items()})
    assert found.causes["alcohol_use_disorder"] == pytest.approx(alcohol / total)
