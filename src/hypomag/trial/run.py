"""A trial: every protocol followed on the same virtual people, chunk by chunk, each chunk from its own seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hypomag import __version__
from hypomag.body.known import Mistake, forecasting
from hypomag.body.loop import Conduct, Followed, follow
from hypomag.body.protocol import Protocol, find
from hypomag.body.ward import Admitted, Ward, admitted, read_ward
from hypomag.trial.arm import arm
from hypomag.trial.tally import Tally

CHUNK = 10_000


def trial(
    protocols: Sequence[str | Path | Protocol],
    ward: str | Ward,
    n: int = 10_000,
    seed: int = 1,
    tell: Callable[[int], None] = lambda done: None,
) -> dict[str, Any]:
    """Follow each protocol on the same n people of a ward; the first is what the others are compared with.

    protocols, ward: names of supplied ones, paths, or read ones. tell: called with the people done so far. Returns
    {"protocols", "ward", "n", "classes", "results": rows of tally.Tally.results, "courses", "assumed", ...}; the same
    seed gives the same answer whatever the number of threads. Raises Mistake for what cannot be read.
    """
    place = ward if isinstance(ward, Ward) else read_ward(find(ward, "wards"))
    asked = [p if isinstance(p, Protocol) else arm(p) for p in protocols]
    names = [p.name for p in asked]
    if len(set(names)) < len(names) or not names:
        raise Mistake("protocols: give at least one, and each once.")
    if n < 1:
        raise Mistake(f"n is {n}; it is 1 or more.")
    tally, done = Tally(place.classes, names), 0
    for number, size in enumerate([CHUNK] * (n // CHUNK) + ([n % CHUNK] if n % CHUNK else [])):
        people = admitted(place, size, (seed, number))
        tally.add(people.kidney, [followed(p, place, people, (seed, number)) for p in asked])
        done += size
        tell(done)
    return {
        "protocols": [{"name": p.name, "source": p.source, "assumed": list(p.assumed)} for p in asked],
        "ward": place.name,
        "days": place.days,
        "range": {"low": place.range[0], "high": place.range[1], "safety": forecasting()["goal"]["safety"]["value"]},
        "n": n,
        "seed": seed,
        "classes": place.classes,
        "people": tally.n,
        "results": tally.results(),
        "courses": tally.courses(),
        "assumed": list(place.assumed),
        "version": __version__,
    }


def followed(protocol: Protocol, place: Ward, people: Admitted, seed: tuple[int, ...]) -> Followed:
    """One protocol on people already admitted; every protocol meets the same chances."""
    scatter = forecasting()["scatter"][place.setting]["value"]
    limits = (*place.range, forecasting()["goal"]["safety"]["value"])
    return follow(
        people.draws, protocol, 24 * place.days, limits, people.egfr, people.weight,
        Conduct(scatter, place.missed, place.late), seed, people.acts, people.printed,
    )  # fmt: skip


def value(told: dict[str, Any], protocol: str, outcome: str, kidney: str = "all") -> dict[str, Any]:
    """One row of the results."""
    return next(r for r in told["results"] if (r["protocol"], r["outcome"], r["class"]) == (protocol, outcome, kidney))


def is_finite(x: float) -> bool:
    return bool(np.isfinite(x))
