"""What stands beside the options of a plan: actions, drugs to keep apart, the guessed deficit."""

from __future__ import annotations

from typing import Any

from hypomag.answer.facts import Facts, Row, Rows, in_order, known, unscaled
from hypomag.answer.said import number, time

WANTED = ("action", "separation", "deficit")
HOUR = 3600


def parts(rows: Rows, facts: Facts, said: Any) -> Row:
    """The keys `actions`, `apart` and `deficit` of the treatment."""
    return {"actions": _actions(rows, facts, said), "apart": _apart(rows, facts, said), "deficit": _deficit(rows, said)}


def _actions(rows: Rows, facts: Facts, said: Any) -> list[Row]:
    doses = known("treatments", "treatment")
    return [
        {
            "key": row["action"],
            "kind": row["kind"],
            "text": said["actions"][row["action"]].format(
                dose=doses[row["action"]]["dose_text"] if row["action"] in doses else None
            ),
            "evidence": facts.shown(row["row"]),
            "standing": row["standing"],
            "sources": row["source"].split(";"),
        }
        for row in sorted(rows["action"], key=lambda row: (row["place"], row["action"]))
    ]


def _apart(rows: Rows, facts: Facts, said: Any) -> list[Row]:
    drugs = known("drugs", "drug")
    return [
        {
            "drug": row["drug"],
            "route": row["mg_route"],
            "hours_before": _hours(row["hours_before"]),
            "hours_after": _hours(row["hours_after"]),
            "avoid": bool(row["avoid"]),
            "severity": row["severity"],
            "text": _kept_apart(row, drugs[row["drug"]]["name"], said["separation"]),
            "evidence": facts.shown(row["row"]),
            "standing": row["standing"],
            "sources": row["source"].split(";"),
        }
        for row in in_order(rows["separation"], "mg_route", "drug", "interaction")
    ]


def _kept_apart(row: Row, drug: str, said: Any) -> str:
    before, after = _hours(row["hours_before"]), _hours(row["hours_after"])
    why = row["management"] or row["interaction"]
    if row["mg_route"] == "parenteral" or (not row["avoid"] and before is None and after is None):
        return str(said["watch"].format(drug=drug, why=why))
    if row["avoid"]:
        return str(said["avoid"].format(drug=drug, why=why))
    key = "apart" if before and after else "before" if before else "after"
    return str(said[key].format(drug=drug, before=time(before), after=time(after)))


def _hours(seconds: int | None) -> float | None:
    return None if seconds is None else seconds / HOUR


def _deficit(rows: Rows, said: Any) -> Row | None:
    if not rows["deficit"]:
        return None
    row = rows["deficit"][0]
    low, high = unscaled(row["mmol_low"]), unscaled(row["mmol_high"])
    return {
        "mmol": [low, high],
        "text": said["deficit"]["text"].format(low=number(low), high=number(high)),
        "sources": row["source"].split(";"),
    }
