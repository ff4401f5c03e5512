"""Numbers after a test's name: what is read, what is left alone, and at which edges a bare number counts."""

from __future__ import annotations

import pytest

from hypomag import knowledge
from hypomag.recognise.lexicon import Lexicon
from hypomag.recognise.numbers import Reading, canonical, readings

WORDS = Lexicon(knowledge.load())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("480 ms", [Reading(480.0, "ms", "")]),
        ("480 ms heart rate", [Reading(480.0, "ms", "")]),  # the h of heart is no part of the unit
        ("480", [Reading(480.0, "", "")]),
        ("> 480 ms", [Reading(480.0, "ms", ">")]),
        ("1.2.3 ms", None),
        ("1.200,5 ms", None),
        ("1,2,3 ms", None),
        ("480-500 ms", None),
        ("480/500 ms", None),
        ("480 mg", None),
    ],
)
def test_readings_of_one_test(text: str, found: list[Reading] | None) -> None:
    assert readings(text, 0, ["qtc"], WORDS) == found


def test_a_bare_number_counts_at_both_ends_of_what_is_plausible() -> None:
    """A QTc without a unit is one of milliseconds from 200 to 900."""
    for value, counts in ((200.0, True), (900.0, True), (199.9, False), (900.1, False)):
        assert canonical(Reading(value, "", ""), "qtc", WORDS) == (value if counts else None)
    assert canonical(Reading(0.48, "s", ""), "qtc", WORDS) == 480
    assert canonical(Reading(1.2, "", ""), "magnesium", WORDS) is None
