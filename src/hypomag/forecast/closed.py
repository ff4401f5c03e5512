"""Re-plan at the next level: a protocol followed on the draws of one patient, each measured and ordered for by itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from hypomag.body import ahead
from hypomag.body.known import Mistake, forecasting
from hypomag.body.loop import Conduct, follow
from hypomag.body.protocol import Protocol
from hypomag.forecast.likely import Likely


def closed_loop(
    mine: Likely, protocol: Protocol, until: float | None = None, missed: float = 0.0, late: float = 0.0
) -> dict[str, Any]:
    """One more row of a forecast's `plans`: the protocol from level to level, the first of them now.

    missed: share of doses that are not given; late: share of results that come a round late. Where no creatinine is
    known each draw is dosed by its own kidney. Raises Mistake for a dose by weight without a weight.
    """
    until = forecasting()["horizon"]["ahead"]["value"] if until is None else float(until)
    draws, goal, known = mine.draws, mine.goal, mine.patient.known
    weight = known.get("weight")
    if weight is None and any(band.by_weight for band in protocol.bands):
        raise Mistake(f"protocol '{protocol.name}' doses by weight, and the record holds no weight.")
    own = draws.parameters["gfr"] / 0.06 / draws.people.surface
    egfr = np.full(draws.n, known["egfr"]) if "egfr" in known else np.broadcast_to(own, (draws.n,))
    scatter = forecasting()["scatter"][draws.setting]["value"]
    got = follow(
        draws, protocol, until, (goal.low, goal.high, goal.safety), egfr, np.full(draws.n, weight or 0.0),
        Conduct(scatter, missed, late), (mine.seed,), stores=True,
    )  # fmt: skip
    assert got.deficit is not None
    full = got.deficit <= forecasting()["full"]["share"]["value"] * ahead.exchangeable_full(draws)
    high = got.serum > goal.safety
    return {
        "plan": protocol.name,
        "options": [],
        "amount": None,
        "cause_stopped": False,
        "cost": float(got.outcomes["cost"].mean()),
        "beyond": [],
        "hours": got.hours,
        "serum": ahead.quantiles(got.serum),
        "deficit": ahead.quantiles(got.deficit),
        "in_range": got.in_range.mean(axis=1),
        "above_safety": high.mean(axis=1),
        "chance_in_range_at_end": float(got.in_range[-1].mean()),
        "chance_low_at_end": float((got.serum[-1] < goal.low).mean()),
        "chance_above_safety": float(high.any(axis=0).mean()),
        "chance_above_range_at_end": float((got.serum[-1] > goal.high).mean()),
        "peak": ahead.quantiles(got.serum.max(axis=0)[None])[:, 0],
        "share_of_time_in_range": float(got.in_range.mean()),
        "hours_to_range": ahead.first_hour(ahead.stays(got.serum >= goal.low), got.hours),
        "hours_to_full_stores": ahead.first_hour(ahead.stays(full), got.hours),
        "chance_full_at_end": float(full[-1].mean()),
        "measure_at": None,
        "dose": None,
        "followed": {k: float(got.outcomes[k].mean()) for k in ("labs", "doses", "mmol")},
    }
