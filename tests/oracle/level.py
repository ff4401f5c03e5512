"""Is serum magnesium low, how low, and what else could it be: one patient's results in, sets of answers out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any

from hypomag import knowledge
from tests.oracle.reading import FAMILY_UNIT, UNITS, Fact, Reader, Result, Span

ALL = frozenset({"low", "normal", "high"})
DAY = 86_400
RANK = {"corrected": 3, "final": 2, "preliminary": 1}


@dataclass(frozen=True)
class Level:
    status: str
    possible: frozenset[str]
    grade: int | None = None  # 0: not low
    grades: frozenset[int] = frozenset()
    decides: tuple[Result, ...] = ()  # the newest results; several where they cannot be told apart in time
    limits: tuple[Fraction, Fraction | None] | None = None
    profile: str | None = None
    unreadable: tuple[Result, ...] = field(default=())

    @property
    def is_low(self) -> bool | None:
        return None if len(self.possible) > 1 and "low" in self.possible else "low" in self.possible


def level(
    patient: Fact,
    observations: Sequence[Fact],
    reader: Reader,
    as_of: int,
    profile: str | None = None,
    scheme: str = "ctcae_v5",
) -> Level:
    read = [r for r in (reader.read(fact, as_of) for fact in observations) if r and r.analyte == "magnesium"]
    usable = [r for r in read if r.why_not is None or r.why_not == "worded"]
    widening = {row["why_not"] for row in knowledge.load().tables["why_nots"].dicts() if row["widens"]}
    in_doubt = [r for r in read if r.why_not in widening]
    horizon = max((r.earliest() for r in usable), default=None)
    blocks = tuple(r for r in in_doubt if horizon is None or r.fact["start"] is None or r.latest() >= horizon)
    newest = _standing([r for r in usable if horizon is not None and r.latest() >= horizon])
    if not newest:
        return Level("cannot_tell" if blocks else "not_measured", ALL, unreadable=blocks)
    found = [_judge(r, patient, reader, profile, scheme) for r in newest]
    possible = ALL if blocks else frozenset().union(*(statuses for statuses, _, _, _ in found))
    grades = frozenset(_every_grade(scheme)) if blocks else frozenset().union(*(g for _, g, _, _ in found))
    return Level(
        next(iter(possible)) if len(possible) == 1 else "cannot_tell",
        possible,
        next(iter(grades)) if len(grades) == 1 else None,
        grades,
        tuple(newest),
        found[0][2],
        found[0][3],
        blocks,
    )


def _standing(results: list[Result]) -> list[Result]:
    """Of results taken at one moment the corrected stands before the final, the final before the preliminary."""
    best = {}
    for r in results:
        best[r.fact["start"]] = max(best.get(r.fact["start"], 0), RANK[r.remark])
    return [r for r in results if RANK[r.remark] == best[r.fact["start"]]]


Judged = tuple[frozenset[str], frozenset[int], tuple[Fraction, Fraction | None] | None, str | None]


def _judge(r: Result, patient: Fact, reader: Reader, profile: str | None, scheme: str) -> Judged:
    if r.why_not == "worded":
        status = reader.words[r.fact["value_text"]]
        grades = frozenset(_every_grade(scheme)) - {0} if status == "low" else frozenset({0})
        return frozenset({status}), grades, None, None
    limits, by = _laboratory(r, reader), "laboratory"
    if limits is None:
        limits, by = _named(r, patient, profile)
    return statuses(r.in_family(), limits), grades_of(r, limits[0], scheme), limits, by


def statuses(amount: Span, limits: tuple[Fraction, Fraction | None]) -> frozenset[str]:
    low, high = limits
    found = set()
    if amount.can_be_below(low):
        found.add("low")
    if amount.can_be_at_least(low) and (high is None or amount.can_be_at_most(high)):
        found.add("normal")
    if high is None or amount.can_be_above(high):
        found.add("high")
    return frozenset(found)


def grades_of(r: Result, lower_limit: Fraction, scheme: str) -> frozenset[int]:
    bands = _bands(scheme)
    family = r.family if r.family in bands else next(iter(bands))
    amount = r.in_family()
    if family != r.family:
        amount = r.raw.times(UNITS["magnesium"][r.unit][1] / FAMILY_UNIT[family])  # type: ignore[union-attr,index]
        lower_limit = lower_limit * FAMILY_UNIT[r.family] / FAMILY_UNIT[family]  # type: ignore[index]
    found = {0} if amount.can_be_at_least(lower_limit) else set()
    for grade, low, high in bands[family]:
        below = lower_limit if high is None else min(high, lower_limit)
        if amount.can_be_at_least(low) and amount.can_be_below(below):
            found.add(grade)
    return frozenset(found)


@cache
def _bands(scheme: str) -> dict[str, list[tuple[int, Fraction, Fraction | None]]]:
    found: dict[str, list[tuple[int, Fraction, Fraction | None]]] = {}
    for row in knowledge.load().tables["grades"].dicts():
        if row["scheme"] == scheme:
            high = None if row["high"] is None else _decimal(row["high"])
            found.setdefault(row["family"], []).append((row["grade"], _decimal(row["low"]), high))
    return found


def _every_grade(scheme: str) -> set[int]:
    return {0} | {grade for rows in _bands(scheme).values() for grade, _, _ in rows}


def _decimal(scaled: int) -> Fraction:
    return Fraction(scaled, 10_000)


def _laboratory(r: Result, reader: Reader) -> tuple[Fraction, Fraction | None] | None:
    """The range printed beside the result, in its family; None where there is none or it cannot be one."""
    fact = r.fact
    unit = reader.units.get(fact["ref_unit"]) if fact["ref_unit"] else r.unit
    low, high = fact["ref_low"], fact["ref_high"]
    if low is None or unit not in UNITS["magnesium"]:
        return None
    bounds = reader.bounds[unit]
    if not bounds["lowest_low"] <= low <= bounds["highest_low"] or (high is not None and high <= low):
        return None
    factor = UNITS["magnesium"][unit][1] / FAMILY_UNIT[r.family]  # type: ignore[index]
    ends = Span(Fraction(str(low)), None if high is None else Fraction(str(high))).times(factor)
    return ends.low, ends.high  # type: ignore[return-value]


def _named(r: Result, patient: Fact, profile: str | None) -> tuple[tuple[Fraction, Fraction | None], str]:
    rows = [row for row in knowledge.load().tables["ranges"].dicts() if row["family"] == r.family]

    def limits(row: dict[str, Any]) -> tuple[Fraction, Fraction | None]:
        return _decimal(row["low"]), None if row["high"] is None else _decimal(row["high"])

    if profile:
        row = next(row for row in rows if row["profile"] == profile)
        return limits(row), profile
    if patient["birth"] is not None:
        days = (r.fact["start"] - patient["birth"]) // DAY
        for row in rows:
            if row["by"] == "age" and row["age_from"] <= days < row["age_below"]:
                return limits(row), row["profile"]
    row = next(row for row in rows if row["by"] == "default")
    return limits(row), row["profile"]
