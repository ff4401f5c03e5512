"""The parts `steps`, `causes` and `tests`: which organ step fails, why, and what to ask next."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

from hypomag import knowledge
from hypomag.answer.facts import Facts, Row, Rows, in_order, unscaled

WANTED = ("cause_told", "cause_probability", "step_probability", "patient_finding", "why_because")


@cache
def _known(table: str, key: str) -> dict[str, Row]:
    return {row[key]: row for row in knowledge.load().tables[table].dicts()}


def _because(rows: Rows, facts: Facts | None) -> dict[tuple[str, int], list[Row]]:
    """What speaks for (1) and against (0), by cause or step; the value of a finding beside its fact."""
    values = {row["finding"]: row["value"] for row in rows["patient_finding"]}
    found: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in in_order(rows["why_because"], "limit_name", "evidence") if facts is not None else ():
        for shown in facts.shown(row["evidence"]):
            said = shown | {"what": row["limit_name"], "value": values.get(row["limit_name"])}
            if said not in found[row["key"], row["for_or_against"]]:
                found[row["key"], row["for_or_against"]].append(said)
    return found


def steps(rows: Rows, facts: Facts | None = None) -> list[Row]:
    """Every step, the likeliest first; probability None where magnesium is not low, so that nothing fails."""
    because = _because(rows, facts)
    probability = {row["step"]: row["probability"] for row in rows["step_probability"]}
    known = _known("steps", "step")
    return [
        {
            "step": step,
            "probability": unscaled(probability.get(step)),
            "for": because[step, 1],
            "against": because[step, 0],
        }
        for step in sorted(known, key=lambda s: (-probability.get(s, 0), known[s]["rank"]))
    ]


def causes(rows: Rows, facts: Facts) -> list[Row]:
    """The causes told of and the suspects, the likeliest first; none where magnesium is not low."""
    because = _because(rows, facts)
    known = _known("causes", "cause")
    named = defaultdict(set)
    for row in rows["cause_told"]:
        if row["named"] != row["cause"]:
            named[row["cause"]].add(row["named"])
    return [
        {
            "cause": row["cause"],
            "name": known[row["cause"]]["name"],
            "step": row["step"],
            "named": sorted(named[row["cause"]]),
            "recorded": bool(row["is_told"]),
            "probability": unscaled(row["probability"]),
            "share": unscaled(row["share"]),
            "standing": known[row["cause"]]["standing"],
            "for": because[row["cause"], 1],
            "against": because[row["cause"], 0],
            "mechanism": known[row["cause"]]["mechanism"],
            "confirm": known[row["cause"]]["confirm_test"],
            "first_step": known[row["cause"]]["first_step"],
            "recovery": known[row["cause"]]["recovery"],
            "sources": known[row["cause"]]["source"].split(";"),
        }
        for row in sorted(rows["cause_probability"], key=lambda r: (-r["probability"], -r["share"], r["cause"]))
    ]
