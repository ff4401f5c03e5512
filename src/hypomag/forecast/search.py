"""The cheapest of the safe options that reaches the range: by mouth first, and no plan the ceilings forbid."""

from __future__ import annotations

from itertools import product
from typing import Any

from hypomag import check
from hypomag.body.known import forecasting
from hypomag.forecast.likely import Likely
from hypomag.forecast.plans import Plan, has_figure, joined, option_plan

ROW = ("plan", "options", "amount", "cost", "chance", "chance_above_safety", "chance_full_at_end")
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
    goal.risk; `plan` is None where there is none. `nearest` is then the plan that comes closest within the risk.
    `tried`: every candidate, cheapest first (a day's tablets cost least)."""
    goal = forecasting()["goal"]
    until = forecasting()["horizon"]["ahead"]["value"] if until is None else until
    reached, risk = goal["reached"]["value"], goal["risk"]["value"]
    plans = candidates(mine.patient.answer["treatment"]["options"], until, mine.patient.egfr)
    nothing = mine.course([], until)
    tried = [(plan, mine.told(plan, mine.course(plan.rows, until), nothing, until)) for plan in plans]
    tried.sort(key=lambda pair: (pair[1]["cost"], pair[0].name))
    safe = [(p, t) for p, t in tried if t["chance_above_safety"] <= risk]
    good = [pair for pair in safe if pair[1]["chance_in_range_at_end"] >= reached]
    nearest = max(safe, key=lambda pair: pair[1]["chance_in_range_at_end"], default=None)
    best = good[0] if good else None
    return {
        **(row(*best) if best else dict.fromkeys(ROW)),
        "nearest": row(*nearest) if nearest and not best else None,
        "reached": reached,
        "risk": risk,
        "tried": [row(p, t) for p, t in tried],
    }


def row(plan: Plan, told: dict[str, Any]) -> dict[str, Any]:
    """What is shown of a plan tried; chance: in range at the end."""
    return {
        "plan": plan.name,
        "options": list(plan.parts),
        "amount": plan.end,
        "cost": told["cost"],
        "chance": told["chance_in_range_at_end"],
        "chance_above_safety": told["chance_above_safety"],
        "chance_full_at_end": told["chance_full_at_end"],
    }
