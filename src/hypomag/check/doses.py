"""A course of doses, as a forecast makes one, against the same ceilings."""

from __future__ import annotations

from hypomag.check.amounts import over
from hypomag.check.known import Row, ceiling, limit, sulfate

SECONDS, DAY = 3600, 24  # of an hour; in hours


def course(rows: list[Row], egfr: float | None) -> list[str]:
    """What is wrong with a course of doses against the same ceilings; empty where it keeps them.

    rows: events with time (h), amt (mmol), rate (mmol/h, 0 = at once), cmt (central: by vein; stomach, tablet: by
    mouth), ii, addl. A course is none of an emergency: the ceilings of ordinary plans hold.
    """
    per_gram = sulfate()["mmol_low"] / 10_000
    doses = sorted(
        (row["time"] + k * row["ii"], row["amt"], row["rate"], row["cmt"])
        for row in rows
        for k in range(int(row["addl"]) + 1)
    )
    vein = [(t, mmol) for t, mmol, _, cmt in doses if cmt == "central"]
    mouth = [(t, mmol) for t, mmol, _, cmt in doses if cmt in ("stomach", "tablet")]
    found: list[str] = []
    for _, mmol, rate, cmt in doses:
        if cmt == "central":
            fastest = rate / per_gram if rate else float("inf")
            found += over(fastest, ceiling("iv_rate_highest")["grams"], "g an hour by vein")
            if mmol == 0:
                found.append("a dose of nothing")
    found += over(within(vein, DAY), ceiling("iv_day_published")["mmol"], "mmol by vein in 24 hours")
    hours = ceiling("iv_course")["days"] / SECONDS
    in_course = within(vein, hours) / per_gram
    found += over(in_course, ceiling("iv_course")["grams"], f"g by vein in {hours / DAY:g} days")
    day_by_mouth = within(mouth, DAY) * limit("mg_per_mmol")
    found += over(day_by_mouth, ceiling("oral_day")["elemental_mg"], "mg of magnesium by mouth in a day")
    if egfr is None:
        found.append("a figure without a recent creatinine")
    elif egfr < limit("kidney_none"):
        found.append(f"a figure at an eGFR of {egfr:g}")
    elif egfr < limit("kidney_half"):
        grams = sum(mmol for _, mmol in vein) / per_gram
        found += over(grams, ceiling("kidney_before_level")["grams"], "g before a level with this kidney")
        found += over(day_by_mouth, 0.5 * ceiling("oral_day")["elemental_mg"], "mg by mouth in a day with this kidney")
    return list(dict.fromkeys(found))


def within(doses: list[tuple[float, float]], hours: float) -> float:
    """The most that begins within any so many hours."""
    return max((sum(mmol for t, mmol in doses if start <= t < start + hours - 1e-9) for start, _ in doses), default=0.0)
