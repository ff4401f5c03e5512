"""Magnesium by vein, muscle, skin or in the feed: at once, or over hours with the day, the course, the kidney and the child."""

from __future__ import annotations

from collections.abc import Iterator

from hypomag.check.amounts import has_figure, most, over
from hypomag.check.known import Row, ceiling, limit, sulfate, whole

VEIN = ("iv", "nutrition")
EMERGENCY = ("emergency", "emergency_low")
MINUTES, DAY = 60, 24


def emergency(option: Row, basis: Row, guards: dict[str, str]) -> Iterator[str]:
    grams, doses = most(option, "grams"), option["doses"] or 1
    yield from over(grams, ceiling("emergency_dose")["grams"], "g in an emergency dose")
    yield from over(grams and grams * doses, ceiling("emergency_total")["grams"], "g in emergency doses")
    if option["hours"] is None and option["key"] != "torsades_arrest":
        yield "an emergency dose with a pulse needs a time"
    for rate in _rates(option):
        yield from over(rate and rate * 1000 / MINUTES, ceiling("emergency_rate")["mg"], "mg a minute")
    yield from _percent(option)
    yield from _child_dose(option, basis)
    if basis["age_years"] is None:
        yield "a figure without an age"


def ordinary(option: Row, treatment: Row, guards: dict[str, str]) -> Iterator[str]:
    """By vein, muscle, skin or in the feed: rate, day, course and kidney."""
    basis, grams, doses = treatment["basis"], most(option, "grams"), option["doses"] or 1
    if option["way"] in VEIN:
        if option["hours"] is None and option["way"] == "iv":
            yield "a dose by vein needs a time"
        for rate in _rates(option):
            yield from over(rate, ceiling("iv_rate_highest")["grams"], "g an hour")
            yield from over(rate and rate * 1000 / MINUTES, ceiling("iv_push_rate")["mg"], "mg a minute")
        yield from _percent(option)
    in_a_day = doses if not option["interval_hours"] else min(doses, -(-DAY // option["interval_hours"]))
    yield from over(grams and grams * doses, ceiling("iv_course")["grams"], "g in a course")
    if option["way"] == "im":
        yield from over(grams and grams * in_a_day, ceiling("im_day")["grams"], "g into the muscle in a day")
    yield from _day(option, treatment, (most(option, "mmol") or 0) * in_a_day)
    yield from _kidney(option, basis, guards)
    yield from _child_dose(option, basis)
    if basis["age_years"] is None:
        yield "a figure without an age"


def _rates(option: Row) -> list[float | None]:
    """Grams an hour: as said, as the dose and the time make it, and as the times of the same amount elsewhere do."""
    grams = most(option, "grams")
    hours = [option["hours"], *(other["hours"] for other in option["also"])]
    return [option["rate_g_per_h"], *(grams / h for h in hours if grams is not None and h)]


def _percent(option: Row) -> Iterator[str]:
    grams, volume = most(option, "grams"), option["dilution_ml"]
    if grams is not None and volume:
        yield from over(100 * grams / volume, ceiling("iv_concentration")["percent"], "percent in a vein")


def _child_dose(option: Row, basis: Row) -> Iterator[str]:
    if not _is_child(basis):
        return
    grams, weight = most(option, "grams"), basis["weight_kg"]
    if weight is None:
        yield "a child's figure without a weight"
        return
    yield from over(grams, ceiling("child_dose")["grams"], "g in a child's dose")
    yield from over(grams and grams * 1000, ceiling("child_dose")["mg_per_kg"] * weight, "mg in a child's dose")
    if grams is not None and option["hours"]:
        per_minute = grams * 1000 / (option["hours"] * MINUTES)
        yield from over(per_minute, ceiling("child_rate")["mg_per_kg"] * weight, "mg a minute in a child")


def _is_child(basis: Row) -> bool:
    return basis["age_years"] is not None and basis["age_years"] < whole("adult_from")


def _day(option: Row, treatment: Row, mmol: float) -> Iterator[str]:
    """Magnesium of every route in 24 hours: given, the emergency doses offered, and this option."""
    given = treatment["basis"]["magnesium_given_24h_mmol"]
    if given is None:
        yield "a figure although the magnesium of the last 24 hours is not known"
        return
    urgent = [o for o in treatment["options"] if o["way"] in EMERGENCY and has_figure(o)]
    reserved = max(((most(o, "mmol") or 0) * (o["doses"] or 1) for o in urgent), default=0.0)
    total = given + reserved + mmol
    yield from over(total, ceiling("iv_day_published")["mmol"], "mmol in 24 hours from every route")
    weight = treatment["basis"]["weight_kg"]
    if weight is not None and _is_child(treatment["basis"]):
        salt = sulfate()
        highest = ceiling("child_day")["mg_per_kg"] * weight / 1000 * salt["mmol_low"] / 10_000
        yield from over(total, highest, "mmol in 24 hours in a child")


def _kidney(option: Row, basis: Row, guards: dict[str, str]) -> Iterator[str]:
    egfr, doses = basis["egfr"], option["doses"] or 1
    if egfr is None or guards.get("creatinine_recent") != "clear":
        yield "a figure without a recent creatinine"
        return
    if egfr < limit("kidney_none"):
        yield f"a figure at an eGFR of {egfr:g}"
    if egfr < limit("kidney_half") or guards.get("kidney_injury") != "clear" or guards.get("little_urine") == "blocks":
        grams = most(option, "grams")
        if option["way"] == "iv":
            yield from over(
                grams and grams * doses, ceiling("kidney_before_level")["grams"], "g before a level with this kidney"
            )
