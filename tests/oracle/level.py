"""Is serum magnesium low, how low, and what else could it be: one patient's results in, sets of answers out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache

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
    limits: tuple[Fraction, Fraction] | None = None
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
    in_doubt = [r for r in read if r.why_not in reader.unreadable - {"worded"}]
    horizon = max((r.earliest for r in usable), default=None)
    blocks = tuple(r for r in in_doubt if horizon is None or r.may_be_as_new_as(horizon))
    newest = _standing([r for r in usable if horizon is not None and r.may_be_as_new_as(horizon)])
    if not newest:
        every = frozenset(_every_grade(scheme))
        return Level("cannot_tell" if blocks else "not_measured", ALL, None, every, unreadable=blocks)
    found = [_judge(r, patient, reader, profile, scheme, as_of) for r in newest]
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
    best: dict[int | None, int] = {}
    for r in results:
        best[r.t] = max(best.get(r.t, 0), RANK[r.remark])
    return [r for r in results if RANK[r.remark] == best[r.t]]


Limits = tuple[Fraction, Fraction]
Judged = tuple[frozenset[str], frozenset[int], Limits | None, str | None]


def _judge(r: Result, patient: Fact, reader: Reader, profile: str | None, scheme: str, as_of: int) -> Judged:
    if r.why_not == "worded":
        status = r.word or ""
        grades = frozenset(_every_grade(scheme)) - {0} if status == "low" else frozenset({0})
        return frozenset({status}), grades, None, None
    limits, by = _limits(r, patient, reader, profile, as_of)
    return statuses(r.in_family(), limits), grades_of(r, limits[0], scheme), limits, by


def statuses(amount: Span, limits: Limits) -> frozenset[str]:
    low, high = limits
    found = set()
    if amount.can_be_below(low):
        found.add("low")
    if amount.can_be_at_least(low) and amount.can_be_at_most(high):
        found.add("normal")
    if amount.can_be_above(high):
        found.add("high")
    return frozenset(found)


def grades_of(r: Result, lower_limit: Fraction, scheme: str) -> frozenset[int]:
    """Grades in the family of the unit; where the scheme has only the other family, of the converted value."""
    bands = _bands(scheme)
    family = r.family if r.family in bands else next(iter(bands))
    amount = r.raw.times(UNITS["magnesium"][r.unit][1] / FAMILY_UNIT[family])  # type: ignore[union-attr,index]
    found = {0} if r.in_family().can_be_at_least(lower_limit) else set()
    if r.in_family().can_be_below(lower_limit):
        for grade, low, high in bands[family]:
            if amount.can_be_at_least(low) and (high is None or amount.can_be_below(high)):
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


def _limits(r: Result, patient: Fact, reader: Reader, profile: str | None, as_of: int) -> tuple[Limits, str]:
    """What the laboratory printed beside the result, in its family; for an end it did not print the named range's."""
    low, high, name = _named(r.family or "", patient, profile, as_of if r.t is None else r.t)
    unit = reader.units.get(r.fact["ref_unit"]) if r.fact["ref_unit"] else r.unit
    printed_low, printed_high = r.fact["ref_low"], r.fact["ref_high"]
    if unit not in UNITS["magnesium"] or not _is_a_range(printed_low, printed_high, reader.bounds[unit]):
        return (low, high), name
    factor = UNITS["magnesium"][unit][1] / FAMILY_UNIT[r.family]  # type: ignore[index]
    ends = Span(*(None if end is None else Fraction(str(end)) for end in (printed_low, printed_high))).times(factor)
    return (
        low if ends.low is None else ends.low,
        high if ends.high is None else ends.high,
    ), name if ends.low is None else "laboratory"


def _is_a_range(low: float | None, high: float | None, bounds: Fact) -> bool:
    if low is not None and not bounds["lowest_low"] <= low <= bounds["highest_low"]:
        return False
    return low is None or high is None or low < high


def _named(family: str, patient: Fact, profile: str | None, drawn: int) -> tuple[Fraction, Fraction, str]:
    """Newborns and children have their own range; for others the one asked for, else the default."""
    rows = {row["profile"]: row for row in knowledge.load().tables["ranges"].dicts() if row["family"] == family}
    default = next(row for row in rows.values() if row["by"] == "default")
    chosen = default
    if profile and rows[profile]["by"] == "choice" and rows[profile]["standing"] != "recall":
        chosen = rows[profile]
    if patient["birth"] is not None and patient["birth"] <= drawn:
        days = (drawn - patient["birth"]) // DAY
        ages = [row for row in rows.values() if row["by"] == "age" and row["age_from"] <= days < row["age_below"]]
        chosen = ages[0] if ages else chosen
    high = default["high"] if chosen["high"] is None else chosen["high"]
    return _decimal(chosen["low"]), _decimal(high), chosen["profile"]
