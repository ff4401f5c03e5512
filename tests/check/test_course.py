"""A course of doses against the ceilings, each at its edge and a hair past it."""

from __future__ import annotations

from typing import Any

import pytest

from hypomag.check import course
from hypomag.check.doses import within

HAIR = 1 + 1e-6
MMOL_PER_GRAM, MG_PER_MMOL = 4.06, 24.305
SLOW = 0.5 * MMOL_PER_GRAM  # half a gram an hour


def vein(mmol: float, rate: float = SLOW, **values: Any) -> dict[str, Any]:
    return {"time": 0.0, "amt": mmol, "rate": rate, "cmt": "central", "ii": 0.0, "addl": 0} | values


def mouth(mmol: float, **values: Any) -> dict[str, Any]:
    return vein(mmol, 0.0) | {"cmt": "stomach"} | values


def said(*rows: dict[str, Any], egfr: float | None = 90.0) -> list[str]:
    return [fault.split(" ", 1)[1] if fault[0].isdigit() else fault for fault in course(list(rows), egfr)]


def test_rate() -> None:
    assert said(vein(8.0, 2 * MMOL_PER_GRAM)) == []
    assert said(vein(8.0, 2 * MMOL_PER_GRAM * HAIR)) == ["g an hour by vein is above 2"]
    assert course([vein(8.0, 0.0)], 90.0) == ["inf g an hour by vein is above 2"]  # at once
    assert course([vein(0.0)], 90.0) == ["a dose of nothing"]
    assert course([vein(1.0)], 90.0) == []


def test_day_by_vein() -> None:
    day = "mmol by vein in 24 hours is above 60"
    assert said(vein(60.0)) == []
    assert said(vein(60.0 * HAIR)) == [day]
    assert said(vein(30.0), vein(30.0 * HAIR, time=23.9)) == [day]
    assert said(vein(30.0), vein(31.0, time=24.0)) == []  # begins when the day is over
    assert said(vein(30.0), vein(31.0, time=-24.0)) == []
    assert said(vein(20.0, ii=8.0, addl=2)) == []
    assert said(vein(20.0 * HAIR, ii=8.0, addl=2)) == [day]
    assert said(vein(15.0, ii=8.0, addl=3)) == []  # 3 within any 24 hours
    assert said(vein(30.0), mouth(15.0)) == []
    assert said(vein(30.0), vein(31.0, time=24 - 1e-9)) == []  # the same moment but for rounding
    assert said(vein(30.0, ii=24.0, addl=1), vein(31.0, time=30.0)) == [day]
    assert within([], 24) == 0


def test_course_of_five_days() -> None:
    five = "g by vein in 5 days is above 40"
    eight = 8 * MMOL_PER_GRAM
    assert said(vein(eight, ii=24.0, addl=4)) == []
    assert said(vein(eight * HAIR, ii=24.0, addl=4)) == [five]
    assert said(vein(eight, ii=24.0, addl=9)) == []
    daily = vein(eight, ii=24.0, addl=4)
    assert said(daily, vein(1.0, time=119.98)) == [five]
    assert said(daily, vein(1.0, time=120.02)) == []


@pytest.mark.parametrize("cmt", ["stomach", "tablet"])
def test_day_by_mouth(cmt: str) -> None:
    full = 490 / MG_PER_MMOL
    day, half = "mg of magnesium by mouth in a day is above 490", "mg by mouth in a day with this kidney is above 245"
    assert said(mouth(full, cmt=cmt)) == []
    assert said(mouth(full * HAIR, cmt=cmt)) == [day]
    assert said(mouth(full / 2, cmt=cmt), egfr=29.9) == []
    assert said(mouth(full / 2 * HAIR, cmt=cmt), egfr=29.9) == [half]
    assert said(mouth(full / 2 * HAIR, cmt=cmt), egfr=30.0) == []


def test_kidney() -> None:
    two = 2 * MMOL_PER_GRAM
    assert said(vein(two), egfr=29.9) == []
    assert said(vein(two * HAIR), egfr=29.9) == ["g before a level with this kidney is above 2"]
    assert said(vein(two / 2), vein(two / 2 * HAIR, time=90.0), egfr=15.0) == [
        "g before a level with this kidney is above 2"
    ]
    assert said(vein(3 * two), egfr=30.0) == []
    assert course([vein(1.0)], 14.9) == ["a figure at an eGFR of 14.9"]
    assert course([vein(1.0)], None) == ["a figure without a recent creatinine"]


def test_a_fault_is_said_once_and_no_dose_is_no_fault() -> None:
    fast = vein(1.0, 3 * MMOL_PER_GRAM)
    assert course([fast, fast], 90.0) == ["3 g an hour by vein is above 2"]
    assert course([], 90.0) == []
