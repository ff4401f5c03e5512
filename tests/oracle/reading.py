"""What a line of a laboratory report says: which test, how much (an interval, exact), when, and whether to trust it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hypomag import knowledge

Fact = Mapping[str, Any]
TENTH_OF_THOUSANDTH = 10_000  # values are compared at this resolution, rounded half up

MG, CA, P, CREATININE, GLUCOSE = map(Fraction, ("24.305", "40.078", "30.973762", "113.12", "180.156"))


def _mass_and_moles(molar: Fraction, charge: int) -> dict[str, tuple[str, Fraction]]:
    """unit -> (family, value in mmol/L of one such unit)."""
    per_litre = Fraction(1) / molar
    return {
        "mg/dL": ("mass", 10 * per_litre),
        "mg/L": ("mass", per_litre),
        "ug/mL": ("mass", per_litre),
        "mmol/L": ("moles", Fraction(1)),
        "umol/L": ("moles", Fraction(1, 1000)),
    } | ({"meq/L": ("moles", Fraction(1, charge))} if charge else {})


def _plain(unit: str, **others: str) -> dict[str, tuple[str, Fraction]]:
    return {unit: ("own", Fraction(1))} | {u: ("own", Fraction(f)) for u, f in others.items()}


SALT = {"mmol/L": ("moles", Fraction(1)), "meq/L": ("moles", Fraction(1))}
# What each test may be reported in, as (family, factor to mmol/L or to the one unit it has).
UNITS = {
    "magnesium": _mass_and_moles(MG, 2),
    "calcium": _mass_and_moles(CA, 2),
    "calcium_corrected": _mass_and_moles(CA, 2),
    "calcium_ionised": _mass_and_moles(CA, 2),
    "phosphate": _mass_and_moles(P, 0),
    "creatinine": _mass_and_moles(CREATININE, 0),
    "glucose": _mass_and_moles(GLUCOSE, 0) | {"g/L": ("mass", Fraction(1000) / GLUCOSE)},
    "potassium": SALT,
    "sodium": SALT,
    "bicarbonate": SALT,
    "albumin": {
        "g/dL": ("mass", Fraction(1)),
        "g/L": ("mass", Fraction(1, 10)),
        "mg/dL": ("mass", Fraction(1, 1000)),
    },
    "egfr": _plain("mL/min/{1.73_m2}") | _plain("mL/min"),
    "qtc": _plain("ms", s="1000"),
}
# What one unit of UNITS is worth in the unit that the limits speak.
SPOKEN = {
    "calcium": CA / 10,
    "calcium_corrected": CA / 10,
    "phosphate": P / 10,
    "creatinine": CREATININE / 10,
    "glucose": GLUCOSE / 10,
}
FAMILY_UNIT = {"mass": 10 / MG, "moles": Fraction(1)}  # mmol/L of 1 mg/dL, of 1 mmol/L magnesium


@dataclass(frozen=True)
class Span:
    """An interval of possible values. Open ends exclude their value; None has no end."""

    low: Fraction | None
    high: Fraction | None
    low_open: bool = False
    high_open: bool = False

    def times(self, factor: Fraction) -> Span:
        scale = [None if end is None else _rounded(end * factor) for end in (self.low, self.high)]
        return Span(scale[0], scale[1], self.low_open, self.high_open)

    def can_be_below(self, limit: Fraction) -> bool:
        return self.low is None or self.low < limit

    def can_be_at_least(self, limit: Fraction) -> bool:
        return self.high is None or self.high > limit or (self.high == limit and not self.high_open)

    def can_be_above(self, limit: Fraction) -> bool:
        return self.high is None or self.high > limit

    def can_be_at_most(self, limit: Fraction) -> bool:
        return self.low is None or self.low < limit or (self.low == limit and not self.low_open)


def _rounded(value: Fraction) -> Fraction:
    return Fraction((value * TENTH_OF_THOUSANDTH + Fraction(1, 2)).__floor__(), TENTH_OF_THOUSANDTH)


def span(value: float, comparator: str) -> Span | None:
    exact = Fraction(str(value))
    return {
        "": Span(exact, exact),
        "<": Span(Fraction(0), exact, False, True),
        "<=": Span(Fraction(0), exact),
        ">": Span(exact, None, True),
        ">=": Span(exact, None),
    }.get(comparator)


@dataclass(frozen=True)
class Result:
    """One line of a report whose test is known. `why_not` is None where it can be used."""

    analyte: str
    fact: Fact
    remark: str
    why_not: str | None = None
    family: str | None = None
    raw: Span | None = None  # in the unit as reported
    unit: str | None = None
    word: str | None = None  # low, normal or high, where words stand for a number

    def amount(self) -> Span:
        """In mmol/L, or in the test's own unit."""
        assert self.raw is not None and self.unit is not None
        return self.raw.times(UNITS[self.analyte][self.unit][1])

    def spoken(self) -> Span:
        """In the unit that the limits of this test speak."""
        assert self.raw is not None and self.unit is not None
        return self.raw.times(UNITS[self.analyte][self.unit][1] * SPOKEN.get(self.analyte, Fraction(1)))

    def in_family(self) -> Span:
        """Magnesium in mg/dL where it was reported as mass, in mmol/L where as moles."""
        assert self.raw is not None and self.unit is not None and self.family is not None
        return self.raw.times(UNITS["magnesium"][self.unit][1] / FAMILY_UNIT[self.family])

    @property
    def t(self) -> int | None:
        """When the sample was taken; where nothing says, when the result was issued."""
        return self.fact["start"] if self.fact["start"] is not None else self.fact["known_at"]

    @property
    def earliest(self) -> int:
        return self.t - self._half  # type: ignore[operator]

    @property
    def latest(self) -> int:
        return self.t + self._half  # type: ignore[operator]

    @property
    def _half(self) -> int:
        return 0 if self.fact["start"] is None else HALF.get(self.fact["start_precision"], 0)

    def may_be_as_new_as(self, moment: int) -> bool:
        """A time known to the day ends before the next day begins, so a span's end is not part of it."""
        return self.t is None or self.t >= moment or self.latest > moment


HALF = {"minute": 30, "hour": 1800, "day": 43_200, "month": 31 * 43_200, "year": 15_778_800}


class Reader:
    """Reads observations with the words and codes that a matcher gave (`said`, `coded` rows as tuples)."""

    def __init__(self, said: Sequence[tuple[Any, ...]], coded: Sequence[tuple[Any, ...]]) -> None:
        tables = knowledge.load().tables
        self.units = {row["written"]: row["unit"] for row in tables["unit_words"].dicts()}
        self.analytes = {row["analyte"]: row for row in tables["analytes"].dicts()}
        self.statuses = {(row["fact"], row["status"]): row for row in tables["statuses"].dicts()}
        self.pairs = {(row["named"], row["field"]) for row in tables["specimen_pairs"].dicts()}
        self.plausible = {(row["analyte"], row["unit"]): row for row in tables["plausible"].dicts()}
        self.bounds = {row["unit"]: row for row in tables["range_bounds"].dicts()}
        self.property = {row["code"]: row["property"] for row in tables["codes"].dicts() if row["system"] == "loinc"}
        self.unreadable = {row["why_not"] for row in tables["why_nots"].dicts() if row["widens"]} | {"worded"}
        self.coded = _sure(((system, code), concept) for system, code, concept, kind in coded if kind == "analyte")
        named = [row for row in said if row[0] == "observations" and row[3] == "analyte"]
        self.said = _sure((row[1], row[2]) for row in named)
        self.says_specimen = {row[1] for row in named if row[-1]}
        self.specimens = _sure((row[1], row[2]) for row in said if row[0] == "specimens")
        words = [row for row in said if row[0] == "values" and row[2] in ("low", "normal", "high") and row[4] == 0]
        self.words = _sure((row[1], row[2]) for row in words)

    def read(self, fact: Fact, as_of: int) -> Result | None:
        """The result in one observation; None where it is of no test known here."""
        named = self._named(fact)
        if named is None:
            return None
        analyte, why_not = named
        status = self.statuses.get(("observations", fact["status"] or "none"))
        remark = status["remark"] if status else "final"
        result = Result(analyte, fact, remark)
        for ask in (
            lambda: why_not,
            lambda: (
                "unknown_status"
                if status is None or status["is_eligible"] is None
                else None
                if status["is_eligible"]
                else "withdrawn"
            ),
            lambda: self._untimely(result, as_of),
        ):
            if reason := ask():
                return Result(analyte, fact, remark, reason)
        return self._quantity(result)

    def _named(self, fact: Fact) -> tuple[str, str | None] | None:
        by_code = self.coded.get((fact["system"], fact["code"]))
        by_text, says_specimen = self.said.get(fact["text"]), fact["text"] in self.says_specimen
        field = self.specimens.get(fact["specimen"])
        if by_code is None and by_text is None:
            return None
        if by_code and by_text:
            code, text = self.analytes[by_code], self.analytes[by_text]
            if code["substance"] != text["substance"]:
                return by_code, "two_tests"
            if says_specimen and code["specimen"] != text["specimen"]:
                return by_code, "two_specimens"
        if by_code or says_specimen:
            analyte = by_code or by_text
            specimen = self.analytes[analyte]["specimen"]
            if field and specimen != "none" and (specimen, field) not in self.pairs:
                return analyte, "two_specimens"
            return analyte, None
        is_guessed = fact["system"] == "loinc" and fact["code"] and fact["code"] not in self.property and not field
        if is_guessed and self.analytes[by_text]["specimen"] != "none":
            return by_text, "unknown_code"
        return self._by_field(by_text, field)

    def _by_field(self, analyte: str, field: str | None) -> tuple[str, str | None]:
        """The test that words name when they leave the specimen to its own field."""
        row = self.analytes[analyte]
        for other in self.analytes.values():
            if field and other["substance"] == row["substance"] and other["specimen"] == field:
                return other["analyte"], None
        if field is None or row["specimen"] == "none" or (row["specimen"], field) in self.pairs:
            return analyte, None
        return analyte, "no_such_test"

    def _untimely(self, result: Result, as_of: int) -> str | None:
        known_at = result.fact["known_at"]
        if known_at is not None and known_at > as_of:
            return "future"
        if result.t is None:
            return "no_time"
        return "future" if result.earliest > as_of else None

    def _quantity(self, result: Result) -> Result:
        fact, analyte = result.fact, result.analyte
        refuse = lambda why: Result(analyte, fact, result.remark, why)  # noqa: E731
        if fact["value"] is None:
            word = self.words.get(fact["value_text"])
            return Result(analyte, fact, result.remark, "worded", word=word) if word else refuse("no_value")
        if not fact["unit"] and not fact["unit_text"]:
            return refuse("no_unit")
        unit, printed = self.units.get(fact["unit"] or fact["unit_text"]), self.units.get(fact["unit_text"])
        if unit is None:
            return refuse("unknown_unit")
        if printed not in (None, unit):
            return refuse("two_units")
        if unit not in UNITS.get(analyte, {}):
            return refuse("unit_not_of_test")
        family = UNITS[analyte][unit][0]
        promised = self.property.get(fact["code"]) if fact["system"] == "loinc" else None
        if promised in ("mass", "moles") and family in ("mass", "moles") and promised != family:
            return refuse("unit_against_code")
        if analyte == "magnesium" and self._range_of_another_unit(fact, unit):
            return refuse("unit_against_range")
        bounds = self.plausible.get((analyte, unit))
        if bounds and not bounds["low"] <= fact["value"] <= bounds["high"]:
            return refuse("implausible")
        raw = span(fact["value"], fact["comparator"])
        if raw is None:
            return refuse("unknown_comparator")
        return Result(analyte, fact, result.remark, None, family, raw, unit)

    def _range_of_another_unit(self, fact: Fact, unit: str) -> bool:
        """A printed range that cannot be one of the unit it is in, but can be one of another."""
        low, own = fact["ref_low"], self.units.get(fact["ref_unit"]) if fact["ref_unit"] else unit
        if low is None or own not in self.bounds:
            return False
        fits = {u for u, b in self.bounds.items() if b["lowest_low"] <= low <= b["highest_low"]}
        return own not in fits and bool(fits)


def _sure(pairs: Iterable[tuple[Any, str]]) -> dict[Any, str]:
    """What each key means, where it means one thing only."""
    found: dict[Any, set[str]] = {}
    for key, meaning in pairs:
        found.setdefault(key, set()).add(meaning)
    return {key: next(iter(meanings)) for key, meanings in found.items() if len(meanings) == 1}
