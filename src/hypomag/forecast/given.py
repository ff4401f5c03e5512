"""Magnesium that a record says was given since the first level, as event rows of the body."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from hypomag import knowledge
from hypomag.body.doses import ROUTES
from hypomag.body.known import forecasting, salts
from hypomag.record import Record

HOUR, DAY = 3600, 24.0
SPREAD = 4_096  # draws that differ in the hour; further ones repeat them


def doses_given(
    record: Record, found: list[dict], moment: int, first: float, says: Any, assumed: list[str]
) -> list[dict[str, Any]]:
    """Event rows from hour `first` to 0; what cannot be read is named in `assumed` and left out."""
    written = {row["row"]: row for row in record.tables["medications"]}
    given_kind = {row["drug"] for row in found if row["kind"] == "given"}
    events: list[dict[str, Any]] = []
    for row in sorted(found, key=lambda row: row["row"]):
        if row["kind"] == "planned" or (row["drug"] in given_kind and row["kind"] != "given"):
            continue
        med = written[row["row"]]
        start = first - 1 if row["start"] is None else (row["start"] - moment) / HOUR
        until = start if row["kind"] == "given" else 0.0 if row["until"] is None else (row["until"] - moment) / HOUR
        if until < first - DAY or start > 0:
            continue
        mmol = _mmol(med)
        if start < first and row["kind"] != "given" and row["until"] is None:
            assumed.append(says["taken_on"].format(text=med["text"]))
        elif mmol is None:
            assumed.append(says["dose_unknown"].format(text=med["text"]))
        elif until < first:
            assumed.append(says["dose_before"].format(text=med["text"]))
        else:
            events += _events(med, row, mmol, max(start, first), min(until, 0.0), says, assumed)
    return events


def _events(
    med: dict, row: dict, mmol: float, start: float, until: float, says: Any, assumed: list[str]
) -> list[dict[str, Any]]:
    """One given dose, or an order's doses from start to until."""
    every = DAY / row["frequency"] if row["frequency"] else DAY
    vein = row["is_parenteral"] == 1 and ROUTES.get((med["route"] or "").lower()) != "im"
    once = row["kind"] == "given" or (row["is_parenteral"] == 1 and not row["frequency"])
    more = 0 if once else int(max(0.0, until - start) / every)
    base: dict[str, Any] = {"time": start, "ii": every if more else 0.0, "addl": more}
    if vein:
        hours = mmol / _rate()
        assumed.append(says["dose_speed"].format(text=med["text"]))
        rows = [{**base, "amt": mmol, "rate": mmol / hours, "cmt": "central"}]
    elif row["is_parenteral"] == 1:
        rows = [{**base, "amt": mmol, "rate": 0.0, "cmt": "depot"}]
    else:
        share = float(salts()[_salt(row["drug"])]["soluble_share"])
        rows = [{**base, "amt": mmol * share, "rate": 0.0, "cmt": "stomach"}]
        rows += [{**base, "amt": mmol * (1 - share), "rate": 0.0, "cmt": "tablet"}] if share < 1 else []
    if med["start_precision"] != "day":
        return rows
    assumed.append(says["dose_time"].format(text=med["text"]))
    return [r for one in rows for r in over_the_day(one, len(assumed))]


def over_the_day(row: dict[str, Any], seed: int) -> list[dict[str, Any]]:
    """A dose whose hour is not known, as doses at several hours of which each draw gets one. row.time is the day's noon."""
    hours = forecasting()["hours_of_a_day"]["value"]
    chosen = np.random.default_rng([seed, 17]).integers(0, len(hours), SPREAD)
    return [
        {
            **row,
            "time": row["time"] - DAY / 2 + hour,
            "amt": row["amt"] * (chosen == i),
            "rate": row["rate"] * (chosen == i) if row["rate"] else 0.0,
        }
        for i, hour in enumerate(hours)
    ]


def _mmol(med: dict) -> float | None:
    """Magnesium of one dose; grams of a named salt are grams of that salt."""
    unit = _units().get(med["dose_unit"])
    if unit is None or med["dose"] is None:
        return None
    if unit["mmol"] is not None:
        return float(med["dose"]) * unit["mmol"]
    words = med["text"].lower()
    return float(med["dose"]) * unit["grams"] * float(salts()[_salt(words)]["mmol_per_gram"])


def _salt(words: str) -> str:
    """The body's salt with the longest name in the words; elemental magnesium where none is named."""
    plain = words.replace("_", " ").lower()
    named = [(len(w), key) for key, row in salts().items() for w in row["words"].split("|") if w in plain]
    return max(named)[1] if named else "magnesium"


def _rate() -> float:
    """mmol an hour of the usual infusion."""
    ceiling = next(r for r in knowledge.load().tables["ceilings"].dicts() if r["ceiling"] == "iv_rate_usual")
    return float(ceiling["grams"]) / 10_000 * float(salts()["sulfate"]["mmol_per_gram"])


@cache
def _units() -> dict[str, dict[str, Any]]:
    return {row["written"]: row for row in knowledge.load().tables["given_units"].dicts()}
