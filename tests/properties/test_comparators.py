"""P-14 and P-16: at every limit, on either side of it and with every comparator, the levels and grades left open are
those that the interval allows, and a grade is given only where the whole interval has it."""

import math
from collections.abc import Iterable
from fractions import Fraction

import pytest
from tests import people, spine

# unit: lower limit, upper limit, and the CTCAE cuts with the grade under each, worst first (clinical text B1, B5).
LIMITS = {
    "mg/dL": ("1.7", "2.43", (("0.7", 4), ("0.9", 3), ("1.2", 2), ("1.7", 1))),
    "mmol/L": ("0.70", "1.00", (("0.3", 4), ("0.4", 3), ("0.5", 2), ("0.70", 1))),
    "mEq/L": ("1.40", "2.00", (("0.6", 4), ("0.8", 3), ("1.0", 2), ("1.40", 1))),
}
COMPARATORS = ("", "<", "<=", ">", ">=")
DIGIT = {"mg/dL": Fraction(1, 100), "mmol/L": Fraction(1, 100), "mEq/L": Fraction(1, 100)}


def inside(probe: Fraction, value: Fraction, comparator: str) -> bool:
    return {
        "": probe == value,
        "<": probe < value,
        "<=": probe <= value,
        ">": probe > value,
        ">=": probe >= value,
    }[comparator]


def open_levels_and_grades(unit: str, value: Fraction, comparator: str) -> tuple[set[str], set[int]]:
    """By trying points: every limit, the value, and points between and beside them."""
    low, high, cuts = LIMITS[unit]
    marks = sorted({Fraction(0), Fraction(99), value, Fraction(low), Fraction(high), *(Fraction(c) for c, _ in cuts)})
    near = Fraction(1, 4000)
    probes = [m + d for m in marks for d in (-near, 0, near) if m + d >= 0]
    levels, grades = set(), set()
    for probe in probes:
        if inside(probe, value, comparator):
            levels.add("low" if probe < Fraction(low) else "high" if probe > Fraction(high) else "normal")
            grades.add(next((grade for cut, grade in cuts if probe < Fraction(cut)), 0))
    return levels, grades


def ask(unit: str, tried: Iterable[tuple[float, str]]) -> dict[tuple[float, str], tuple[set[str], set[int], set[int]]]:
    tried = list(tried)
    crowd = {f"{n}": [people.lab("Magnesium", v, unit, comparator=c)] for n, (v, c) in enumerate(tried)}
    found = spine.ask(people.record_of(crowd), people.NOW, "level_possible", "grade_possible", "grade")
    ctcae = [
        {n: {row["grade"] for row in rows if row["scheme"] == "ctcae_v5"} for n, rows in found[name].items()}
        for name in ("grade_possible", "grade")
    ]
    return {
        key: ({row["status"] for row in found["level_possible"][f"{n}"]}, ctcae[0][f"{n}"], ctcae[1].get(f"{n}", set()))
        for n, key in enumerate(tried)
    }


@pytest.mark.parametrize("unit", LIMITS)
def test_at_and_beside_every_limit(unit: str) -> None:
    low, high, cuts = LIMITS[unit]
    at = {Fraction(limit) for limit in (low, high, *(cut for cut, _ in cuts))}
    values = {limit + n * DIGIT[unit] for limit in at for n in (-2, -1, 0, 1, 2)}
    found = ask(unit, [(float(v), c) for v in values for c in COMPARATORS])
    for value in values:
        for comparator in COMPARATORS:
            levels, grades = open_levels_and_grades(unit, value, comparator)
            got = found[float(value), comparator]
            assert got[0] == levels and got[1] == grades, (float(value), comparator)
            assert got[2] == (grades if len(grades) == 1 and len(levels) == 1 else set())


@pytest.mark.parametrize("unit", LIMITS)
def test_the_last_bit_of_a_number_decides_nothing(unit: str) -> None:
    """A printed 1.70 is 1.70, whatever the nearest binary number is: values are compared in whole 1/10000."""
    low, high, cuts = LIMITS[unit]
    at = {float(limit) for limit in (low, high, *(cut for cut, _ in cuts))}
    tried = [(v, "") for limit in at for v in (limit, math.nextafter(limit, 0), math.nextafter(limit, 99))]
    found = ask(unit, tried)
    for limit in at:
        assert found[math.nextafter(limit, 0), ""] == found[limit, ""] == found[math.nextafter(limit, 99), ""]
