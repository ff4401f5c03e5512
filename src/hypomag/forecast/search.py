"""The cheapest of the safe options that reaches the range: by mouth first, and no plan the ceilings forbid."""

from __future__ import annotations

from itertools import product
from typing import Any

from hypomag import check
from hypomag.body.known import forecasting
from hypomag.forecast.likely import Likely
from hypomag.forecast.plans import Plan, has_figure, joined, option_plan

PLANNED = ("iv", "im", "sc", "po")  # an emergency dose is given for its sign, not for a goal


def candidates(options: list[dict[str, Any]], until: float, egfr: float | None) -> list[Plan]:
    """Every option alone, and every one by needle followed by every one by mouth, at both ends of its amount; those
    that break a ceiling together are left out."""
    mine = [o for o in options if o["way"] in PLANNED and has_figure(o) and not o["specialist"]]
    alone = [option_plan(o, until, end) for o in mine for end in (("low", "most") if o["most"] else ("most",))]
    mouth = [p for p in alone if all(row["cmt"] in ("stomach", "tablet") for row in p.rows)]
    needle = [p for p in alone if p not in mouth]
    plans = [*mouth, *needle, *(joined([a, b]) for a, b in product(needle, mouth))]
    return [plan for plan in plans if not check.course(plan.rows, egfr)]


def searched(mine: Likely, until: float | None = None) -> dict[str, Any]:
    """The cheapest plan in range at the end in at least goal.reached of draws and above the safety level in at most
    goal.risk; `plan` is None where there is none. `tried`: every candidate, cheapest first (a day's tablets cost least)."""
    goal = forecasting()["goal"]
    until = forecasting()["horizon"]["ahead"]["value"] if until is None else until
    reached, risk = goal["reached"]["value"], goal["risk"]["value"]
    plans = candidates(mine.patient.answer["treatment"]["options"], until, mine.patient.egfr)
    nothing = mine.course([], until)
    tried = [(plan, mine.told(plan, mine.course(plan.rows, until), nothing, until)) for plan in plans]
    tried.sort(key=lambda pair: (pair[1]["cost"], pair[0].name))
    good = [
        (p, told)
        for p, told in tried
        if told["chance_in_range_at_end"] >= reached and told["chance_above_safety"] <= risk
    ]
    best, told = good[0] if good else (None, None)
    return {
        "plan": best.name if best else None,
        "options": list(best.parts) if best else [],
        "amount": best.end if best else None,
        "chance": told["chance_in_range_at_end"] if told else None,
        "chance_above_safety": told["chance_above_safety"] if told else None,
        "reached": reached,
        "risk": risk,
        "tried": [
            {
                "plan": p.name, "amount": p.end, "cost": t["cost"], "chance": t["chance_in_range_at_end"],
                "chance_above_safety": t["chance_above_safety"], "chance_full_at_end": t["chance_full_at_end"],
            }
            for p, t in tried
        ],
    }  # fmt: skip
