"""The body of one patient at rest, for the picture: measured serum, failing step, size and kidney as far as known.

The step named failing is moved until the measured serum is at rest; every other number is that of a body of this size
and kidney. It is a picture of one explanation, not a measurement, and the page says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from hypomag.body import rest
from hypomag.body.kernel import POOLS, observe
from hypomag.body.known import Mistake
from hypomag.body.people import ALLOWED, People, person

DAY = 24
# What fails in a step: the parameters of body.ant that move together, and whether they are multiplied or added to.
MOVES: dict[str, tuple[tuple[str, ...], str]] = {
    "intake": (("food_in",), "times"),
    "absorption": (("uptake_max", "k_leak"), "times"),
    "gi_loss": (("stool_loss",), "adds"),
    "renal_loss": (("tm_usual",), "times"),
    "other": (("drain_clearance",), "adds"),
}
MOST = {"times": 1.0, "adds": 5.0}  # a step that fails loses, it does not gain
NEAR = 0.02  # mmol/L from the measured serum that still counts as held
Answer = dict[str, Any]


@dataclass(frozen=True)
class Rest:
    """Flows (mmol a day) and pools (mmol) at rest; `serum` in mmol/L; `moved` the step that was moved to hold it."""

    flows: dict[str, float]
    pools: dict[str, float]
    serum: float
    moved: str | None


def facts(answer: Answer, sex: str | None) -> dict[str, float | str]:
    """What the body needs to know of this patient, from the answer; what is not known is left out, never guessed."""
    basis = answer["treatment"]["basis"]
    known = {"weight": basis["weight_kg"], "age": basis["age_years"], "egfr": basis["egfr"], "sex": sex}
    return {name: value for name, value in known.items() if value is not None and _possible(name, value)}


def _possible(name: str, value: Any) -> bool:
    if name == "sex":
        return value in ("female", "male")
    low, high = ALLOWED[name]  # type: ignore[misc]
    return bool(low <= value <= high)


def people(known: dict[str, Any]) -> People:
    """One body of this size and kidney. A small body of unknown height is drawn as an adult's (its flows are not to size)."""
    try:
        return person(**known)
    except Mistake:
        return person(**{name: value for name, value in known.items() if name != "weight"})


def usual(known: dict[str, Any]) -> Rest:
    """The same person with nothing failing."""
    p, y = rest.at_rest(people(known), [])
    return rest_of(p, y, None)


def at_rest(known: dict[str, Any], serum: float | None, step: str | None) -> Rest | None:
    """The person with `step` failing by as much as holds `serum` (mmol/L); None where that cannot be or is not known.

    Short of magnesium for months, not decades: cells and bone crystal still hold what is usual, the bone surface does not.
    """
    who = people(known)
    p, _ = rest.at_rest(who, [])
    if serum is None or step not in MOVES or serum >= float(p["serum_usual"][0]):
        return None
    names, way = MOVES[step]

    def moved(by: np.ndarray) -> dict[str, np.ndarray]:
        return p | {name: p[name] * by if way == "times" else p[name] + by for name in names}

    measured, own = np.array([serum]), p["serum_usual"]
    sign = 1.0 if way == "times" else -1.0
    # the more a step fails the more magnesium is short: one root
    by = rest.solve(lambda x: -sign * rest.balance(measured, moved(x), own), 0.0, MOST[way], 1)
    now = moved(by)
    if abs(float(rest.solve(lambda s: rest.balance(s, now, own), 0.001, 30.0, 1)[0]) - serum) > NEAR:
        return None
    return rest_of(now, rest.fill(measured, now, 1, own), step)


def rest_of(p: dict[str, np.ndarray], y: np.ndarray, moved: str | None) -> Rest:
    pools = {name: float(y[i, 0]) for i, name in enumerate(POOLS)}
    observed = observe({name: np.full((1, 1), amount) for name, amount in pools.items()}, p)
    seen = {name: float(np.ravel(value)[0]) for name, value in observed.items()}
    return Rest(flows_of(seen.__getitem__), pools, seen["serum"], moved)


def flows_of(seen: Callable[[str], float]) -> dict[str, float]:
    """The flows of the picture, mmol a day, from those of body.ant, mmol an hour."""
    flows = {
        "food": seen("eat"),
        "absorbed": seen("absorb"),
        "not_absorbed": seen("transit") + seen("undissolved"),
        "secreted": seen("secrete"),
        "urine": seen("excrete"),
        "elsewhere": seen("drain") + seen("dialyse"),
        "cells": seen("to_fast") + seen("to_slow") - seen("from_slow"),
        "bone": seen("to_exchangeable") + seen("deposit") - seen("resorb"),
    }
    return {name: flow * DAY for name, flow in flows.items()}
