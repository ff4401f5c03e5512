"""The parts `follow_up` and `outlook`: what to measure when, what stops a dose, what usually happens."""

from __future__ import annotations

from typing import Any

from hypomag.answer.facts import Facts, Row, Rows, in_order, known, unscaled
from hypomag.answer.said import number
from hypomag.knowledge.sentences import sentences

WANTED = ("look_again", "stop_watch", "follow_because", "recovery", "association_shown", "outlook_because")
HOUR = 3600


def follow_up(rows: Rows, facts: Facts, language: str = "en") -> list[Row]:
    """What to look at again and what to watch, soonest first; hours from the end of a dose or the start by mouth."""
    said = sentences(language)
    looks = [
        {
            "key": row["recheck"],
            "kind": "measure" if row["text"] is None else "long_term",
            "what": row["what"],
            "from_hours": _hours(row["hours_from"]),
            "to_hours": _hours(row["hours_to"]),
            "every_hours": _hours(row["every"]),
            "because": row["text"] or said["rechecks"][row["recheck"]],
            "evidence": facts.shown(row["row"]),
            "standing": row["standing"],
            "sources": row["source"].split(";"),
        }
        for row in sorted(rows["look_again"], key=_soonest)
    ]
    watched = [
        {
            "key": row["stop_rule"],
            "kind": row["does"],
            "what": None,
            "from_hours": None,
            "to_hours": None,
            "every_hours": None,
            "because": said["stop_rules"][row["stop_rule"]],
            "evidence": [],
            "standing": row["standing"],
            "sources": row["source"].split(";"),
        }
        for row in sorted(rows["stop_watch"], key=lambda row: row["place"])
    ]
    return looks + watched


def _soonest(row: Row) -> tuple[bool, int, str, str]:
    return (
        row["text"] is not None,
        row["hours_to"] if row["hours_to"] is not None else 10**9,
        row["recheck"],
        row["what"],
    )


def _hours(seconds: int | None) -> float | None:
    return None if seconds is None else seconds / HOUR


def outlook(rows: Rows, facts: Facts, language: str = "en") -> Row | None:
    """What usually happens: recovery by cause, and figures of groups called associations. None where not low."""
    if rows["level"][0]["is_low"] != 1:
        return None
    said = sentences(language)["outlook"]
    published = known("associations", "association")
    return {
        "text": said["general"],
        "recovery": [
            {
                "cause": row["cause"],
                "days": [_days(row["recovery_days_low"]), _days(row["recovery_days_high"])],
                "text": said["recovery"].format(cause=row["name"], recovery=row["recovery"]),
                "standing": row["standing"],
                "sources": row["source"].split(";"),
            }
            for row in in_order(rows["recovery"], "cause")
        ],
        "associations": [
            {
                "association": row["association"],
                "text": _association(published[row["association"]], said),
                "standing": row["standing"],
                "sources": row["source"].split(";"),
            }
            for row in in_order(rows["association_shown"], "association")
        ],
    }


def _days(seconds: int | None) -> float | None:
    return None if seconds is None else seconds / (24 * HOUR)


def _association(row: Row, said: Any) -> str:
    low, high = unscaled(row["low"]), unscaled(row["high"])
    interval = said["interval"].format(low=number(low), high=number(high)) if low is not None else ""
    return str(said["association"].format(**row | {"value": number(unscaled(row["value"]))}, interval=interval))
