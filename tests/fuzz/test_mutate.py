"""Spoilt Bundles end right, abstaining or refused: dropped, retyped, another unit, a shifted point, a comma, a sign ..."""

from __future__ import annotations

import json

import pytest

from hypomag.assess import assess
from hypomag.diff.people import NOW, condition, observation
from hypomag.read import read, times
from hypomag.record import Refused
from tests.fuzz.outcome import outcome
from tests.many import many


def test_none_ends_silently_wrong() -> None:
    for seed in range(many(500, 20_000)):
        end, why = outcome(seed)
        assert end != "wrong", f"mutation {seed}: {why}"


FINDS = {  # by seed: what was wrong before it was mended
    49: "'0,401 mmol/L' as text was read as LOW, by the L of its unit",
    225: "dialysis told today, without an hour, was not seen in the morning",
    513: "a result whose code was no text let an older one speak",
    3544: "a number as unit text was taken for a word",
    7941: "a creatinine of this month, on no day, counted as recent",
    8672: "a creatinine of this month outweighed an eGFR of 15 of today",
    11849: "'None mEq/L' was read as LOW",
}


@pytest.mark.parametrize("seed", FINDS)
def test_finds_stay_mended(seed: int) -> None:
    assert outcome(seed)[0] != "wrong", FINDS[seed]


def bundle(*resources: dict) -> bytes:
    person = {"resourceType": "Patient", "id": "p", "birthDate": "1960-01-01", "gender": "male"}
    return json.dumps([person, *resources]).encode()


@pytest.mark.parametrize(
    "text", ["2,3 mmol/L", "mmol/L", "None mEq/L", "not low", "low 2,3", "was normal 2", "1.2L", "no L"]
)
def test_a_text_that_is_no_plain_word_grades_nothing(text: str) -> None:
    spoken = observation("m", "2601-3", "Magnesium", 1, "mmol/L", NOW) | {"valueString": text}
    del spoken["valueQuantity"]
    assert assess(read(bundle(spoken)))["level"]["possible"] == ["low", "normal", "high"]


def test_a_word_grades() -> None:
    for text, level in {"low": "low", "L": "low", "within normal limits": "normal", "HH": "high"}.items():
        spoken = observation("m", "2601-3", "Magnesium", 1, "mmol/L", NOW) | {"valueString": text}
        del spoken["valueQuantity"]
        assert assess(read(bundle(spoken)))["level"]["status"] == level


def test_what_is_dated_today_is_seen_this_morning() -> None:
    facts = condition("dialysis"), observation("m", "2601-3", "Magnesium", 0.6, "mmol/L", NOW)
    guards = assess(read(bundle(*facts)), as_of=int(NOW.timestamp()))["treatment"]["guards"]
    assert {g["guard"]: g["state"] for g in guards}["dialysis"] == "blocks"


@pytest.mark.parametrize("data", [b"29e9992222 2\x00", b"[1e999]x", b"[1e999" + b"[" * 5_000, b"[NaN]]"])
def test_a_number_too_large_before_garbage_is_refused(data: bytes) -> None:
    """Found by coverage-guided fuzzing of the JSON reader: a traceback."""
    with pytest.raises(Refused, match="not JSON"):
        read(data, format="fhir")


@pytest.mark.parametrize("text", ["2013-01-00", "2013-00", "2013-00-15", "2013-00-00", "0000"])
def test_month_nought_and_day_nought_are_no_dates(text: str) -> None:
    """Found by coverage-guided fuzzing of the form: 2013-00-15 was read as 15 January, 2013-01-00 as January."""
    with pytest.raises(ValueError):
        times.parse(text)
    with pytest.raises(Refused, match="as_of"):
        read(json.dumps({"as_of": text}).encode(), format="form")
