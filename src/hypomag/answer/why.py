"""The parts `steps`, `causes` and `tests`: which organ step fails, why, and what to ask next."""

from __future__ import annotations

from collections import defaultdict

from hypomag import knowledge
from hypomag.answer.facts import Facts, Row, Rows, in_order

WANTED = ("cause_present",)
STEPS = ("intake", "absorption", "gi_loss", "renal_loss", "redistribution", "other")


def steps(rows: Rows) -> list[Row]:
    opens = defaultdict(set)
    for row in knowledge.load().tables["cause_steps"].dicts():
        opens[row["cause"]].add(row["step"])
    present = {step for row in rows["cause_present"] for step in opens[row["cause"]]}
    return [
        {"step": step, "probability": None, "present": step in present, "for": [], "against": []}
        for step in STEPS
    ]


def causes(rows: Rows, facts: Facts) -> list[Row]:
    known = {row["cause"]: row for row in knowledge.load().tables["causes"].dicts()}
    by_cause: dict[str, list[Row]] = defaultdict(list)
    for row in in_order(rows["cause_present"], "cause", "named", "row"):
        by_cause[row["cause"]].append(row)
    return [
        {
            "cause": cause,
            "name": known[cause]["name"],
            "step": None,
            "named": sorted({row["named"] for row in found}),
            "probability": None,
            "share": None,
            "standing": known[cause]["standing"],
            "for": [shown for row in found for shown in facts.shown(row["row"])],
            "against": [],
            "first_step": known[cause]["first_step"],
            "sources": known[cause]["source"].split(";"),
        }
        for cause, found in by_cause.items()
    ]
