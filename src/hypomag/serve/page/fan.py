"""The forecast fan of one patient, and plans side by side. The draws of a patient are kept for minutes, in memory only."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

import numpy as np

from hypomag import knowledge
from hypomag.body.known import Mistake, salts
from hypomag.forecast import Likely, likely
from hypomag.forecast.likely import from_patient
from hypomag.forecast.plans import Plan, has_figure, option_plan, read_plan
from hypomag.knowledge.sentences import sentences
from hypomag.record import Refused
from hypomag.serve.page import units
from hypomag.serve.page.asked import Asked
from hypomag.write import charts

DRAWS = 500
DAY = 24.0
STEP = 1  # hours between the points that are drawn: a peak must not fall between two
DAYS = (3, 7, 14)  # how far the chart may look
KEPT_FOR, KEPT = 600.0, 8  # seconds and patients
SECRET = secrets.token_bytes(32)  # of this process
SIDE_BY_SIDE = 3
NAMES = {"iv": "by vein", "po": "by mouth"}
SLIDERS = ("route", "grams", "over", "mg", "days", "stop", "egfr", "until")
Row = dict[str, Any]


@dataclass(frozen=True)
class Wish:
    """Where the sliders stand: grams of magnesium sulfate by vein over hours, or mg of magnesium a day by mouth."""

    route: str = "none"
    grams: float = 0.0
    over: float = 1.0
    mg: float = 0.0
    days: int = 1
    stop: bool = False
    egfr: float | None = None
    until: int = 7

    def plan(self) -> Plan:
        """Raises Mistake for what the body cannot be given."""
        if self.route == "iv" and self.grams > 0:
            words = f"magnesium sulfate {self.grams:g} g IV over {self.over:g} h every 24 h for {self.days} d"
        elif self.route == "po" and self.mg > 0:
            words = f"{self.mg / 3:.6g} mg magnesium as {ORAL} by mouth every 8 h for {self.days} d"
        else:
            return Plan("nothing", [])
        return read_plan(words, [], self.until * DAY)

    def words(self) -> str:
        days = f"{self.days} day{'s' if self.days > 1 else ''}"
        if self.route == "iv":
            return f"{units.number(self.grams)} g magnesium sulfate by vein over {units.number(self.over)} h, daily for {days}"
        return f"{units.number(self.mg)} mg magnesium a day by mouth ({ORAL}) for {days}"


ORAL = "citrate"  # the soluble reference salt of knowledge/body/salts.csv


def wish(asked: Mapping[str, str]) -> Wish:
    """From the fields. Raises Mistake for a number that is none."""

    def number(key: str, usual: float) -> float:
        try:
            found = float(asked.get(key) or usual)
        except ValueError:
            raise Mistake(f"{key} must be a number.") from None
        if not 0 <= found <= 10_000:
            raise Mistake(f"{key} must be a number from 0 on.")
        return found

    route = asked.get("route", "none")
    until = int(number("until", 7))
    return Wish(
        route if route in NAMES else "none",
        number("grams", 0),
        max(number("over", 1), 1 / 3),
        number("mg", 0),
        max(1, int(number("days", 1))),
        asked.get("stop") == "on",
        number("egfr", 0) if asked.get("egfr") else None,
        until if until in DAYS else DAYS[1],
    )


@dataclass
class Mine:
    """The draws of one patient, and what becomes of them with nothing given, by the days looked ahead."""

    likely: Likely
    since: float
    nothing: dict[int, tuple[Any, Row]] = field(default_factory=dict)

    def without(self, days: int) -> tuple[Any, Row]:
        if days not in self.nothing:
            course = self.likely.course([], days * DAY)
            self.nothing[days] = (course, self.likely.told(Plan("nothing", []), course, None, days * DAY))
        return self.nothing[days]


class Forgotten(Refused):
    """The key of a patient whose draws are no longer kept."""


class Memory:
    """The draws of the last few patients, so that a slider need not draw them again. Forgotten after minutes."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: OrderedDict[str, Mine] = OrderedDict()

    def of(self, given: Asked, egfr: float | None) -> Mine:
        """Raises Refused or Mistake where no forecast can be made, Forgotten where only an old key was sent."""
        key = given.fields.get("held") or _key(given)
        mine = self._get(key)
        if mine is None and "held" in given.fields:
            raise Forgotten("the draws of this patient were forgotten: send the record again.")
        mine = mine or self._put(key, likely(given.record(), as_of=given.moment(), draws=DRAWS))
        who = mine.likely.patient
        if egfr is None or (who.egfr is not None and round(who.egfr) == egfr):
            return mine
        other = f"{key} {egfr:g}"
        moved = replace(who, known=who.known | {"egfr": egfr}, egfr=egfr, unsure_kidney=False)
        return self._get(other) or self._put(other, from_patient(moved, DRAWS))

    def _get(self, key: str) -> Mine | None:
        now = time.monotonic()
        with self._lock:
            for old in [k for k, mine in self._held.items() if now - mine.since > KEPT_FOR]:
                del self._held[old]
            return self._held.get(key)

    def _put(self, key: str, made: Likely) -> Mine:
        with self._lock:
            mine = self._held[key] = Mine(made, time.monotonic())
            while len(self._held) > KEPT:
                self._held.popitem(last=False)
            return mine


memory = Memory()


def _key(given: Asked) -> str:
    """What a slider may send instead of the whole record: to be made from the record here only, not to be guessed."""
    of = sorted((name, value) for name, value in given.fields.items() if name not in (*SLIDERS, "unit"))
    return hashlib.blake2b(repr(of).encode(), key=SECRET).hexdigest()


def told(given: Asked, of: Wish, unit: str) -> Row:
    """The chart, its table and what it says, for one plan. Raises Refused or Mistake."""
    held, plan = memory.of(given, of.egfr), of.plan()
    mine, until = held.likely, of.until * DAY
    nothing, without = held.without(of.until)
    stop = 0.0 if of.stop else None
    course = mine.course(plan.rows, until, stop) if plan.rows or of.stop else nothing
    with_it = mine.told(plan, course, nothing, until, of.stop) if course is not nothing else without
    name = _name(of, plan)
    rows = rows_of(NOTHING, without, unit) + (rows_of(name, with_it, unit) if course is not nothing else [])
    goal = goal_of(mine, unit) | {"rechecks": rechecks(name, with_it, mine, bool(plan.rows), until)}
    return {
        "held": given.fields.get("held") or _key(given),
        "spec": charts.fan(rows, goal, unit),
        "table": [row for row in rows if row["day"] == int(row["day"])],
        "says": said(name, with_it, without, mine, of.until, unit),
        "beyond": with_it["beyond"],
        "assumed": mine.patient.assumed,
        "unit": unit,
    }


NOTHING = sentences()["forecast"]["nothing"]


def _name(of: Wish, plan: Plan) -> str:
    parts = [of.words()] if plan.rows else [NOTHING]
    return ", ".join(parts + (["cause stopped"] if of.stop else []))


def rows_of(plan: str, of: Row, unit: str) -> list[Row]:
    """Points of the fan: plan, day, q5 to q95 in `unit`."""
    quantiles = of["serum"] * units.magnesium(1.0, unit)
    return [
        {"plan": plan, "day": float(of["hours"][i] / DAY)}
        | {key: float(round(q[i], 4)) for key, q in zip(("q5", "q25", "q50", "q75", "q95"), quantiles, strict=True)}
        for i in range(0, len(of["hours"]), STEP)
    ]


def goal_of(mine: Likely, unit: str) -> Row:
    goal = mine.goal
    return {"nothing": NOTHING} | {
        side: float(round(units.magnesium(getattr(goal, side), unit), 4)) for side in ("low", "high", "safety")
    }


def rechecks(name: str, of: Row, mine: Likely, given: bool, until: float) -> list[Row]:
    """When to look again: as the assessment says, and when a level speaks of the stores."""
    due = [row["from_hours"] for row in mine.patient.answer["follow_up"]
           if row["kind"] == "measure" and row["what"] == "magnesium" and row["from_hours"] is not None]  # fmt: skip
    found = [("recheck", min(due))] if given and due else []
    found += [("level speaks of stores", of["measure_at"])] if given and of["measure_at"] else []
    return [{"plan": name, "day": hour / DAY, "name": word} for word, hour in found if hour <= until]


def said(name: str, with_it: Row, without: Row, mine: Likely, days: int, unit: str) -> list[str]:
    """The chart in words."""
    middle, low, high = (units.magnesium(float(with_it["serum"][i][-1]), unit) for i in (2, 0, 4))
    found = [
        f"{name[:1].upper()}{name[1:]}: on day {days} in range in {_share(with_it['chance_in_range_at_end'])} of "
        f"{mine.draws.n} likely bodies (with nothing given {_share(without['chance_in_range_at_end'])}); level "
        f"{units.number(middle)} {unit}, nine in ten between {units.number(low)} and {units.number(high)}."
    ]
    peak = units.magnesium(float(with_it["peak"][4]), unit)
    safety = units.magnesium(mine.goal.safety, unit)
    found.append(
        f"Above the safety level of {units.number(safety)} {unit} at any hour: {_share(with_it['chance_above_safety'])}; "
        f"highest level, 95 %: {units.number(peak)} {unit}."
    )
    return found


def _share(chance: float) -> str:
    return f"{100 * chance:.0f} %"


def side_by_side(given: Asked, unit: str, days: int) -> Row:
    """The options of the assessment that carry an amount, run on the same draws: a table of all, fans of the first few."""
    held = memory.of(given, None)
    mine, until = held.likely, days * DAY
    options = [option for option in mine.patient.answer["treatment"]["options"] if has_figure(option)]
    nothing, without = held.without(days)
    found = [(NOTHING, without)]
    for option in options:
        plan = option_plan(option, until)
        told = mine.told(plan, mine.course(plan.rows, until), nothing, until)
        found.append((option["title"], told))
    rows = [row for name, told in found[: SIDE_BY_SIDE + 1] for row in rows_of(name, told, unit)]
    marks = [mark for name, told in found[1 : SIDE_BY_SIDE + 1] for mark in rechecks(name, told, mine, True, until)]
    return {
        "spec": charts.fan(rows, goal_of(mine, unit) | {"rechecks": marks}, unit),
        "table": [
            {
                "plan": name,
                "in_range": told["chance_in_range_at_end"],
                "above_safety": told["chance_above_safety"],
                "peak": units.magnesium(float(told["peak"][4]), unit),
                "to_range": told["hours_to_range"],
                "measure_at": told["measure_at"],
            }
            for name, told in found
        ],
        "unit": unit,
        "days": days,
    }


def bounds(answer: Row) -> Row:
    """Where the sliders end and begin: the most that a published plan gives in a day, and the first option with a figure."""
    rows = {row["ceiling"]: row for row in knowledge.load().tables["ceilings"].dicts()}
    sulfate = float(salts()["sulfate"]["mmol_per_gram"])
    most = {
        "grams": int(rows["iv_day_published"]["mmol"] / 10_000 / sulfate),
        "mg": int(rows["oral_day"]["elemental_mg"] / 10_000),
    }
    first = next((o for o in answer["treatment"]["options"] if has_figure(o)), None)
    route = "none" if first is None else "po" if first["way"] == "po" else "iv"
    grams = float(first["grams"]) if first is not None and route == "iv" and first["grams"] else most["grams"] / 4
    over = float(first["hours"] or 1) if first is not None and route == "iv" else 4.0
    mg = float(first["elemental_mg"]) if first is not None and route == "po" else most["mg"] / 2
    egfr = answer["treatment"]["basis"]["egfr"]
    return {
        "most": most,
        "route": route,
        "grams": min(grams, most["grams"]),
        "over": min(over, 24),
        "mg": min(round(mg), most["mg"]),
        "egfr": None if egfr is None else round(egfr),
    }


def plain(value: Any) -> Any:
    """What JSON can hold of what numpy made."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, dict):
        return {key: plain(of) for key, of in value.items()}
    return [plain(of) for of in value] if isinstance(value, list | tuple) else value
