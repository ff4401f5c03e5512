"""The number line of a level: where every mark stands, in percent of its width."""

from __future__ import annotations

from typing import Any

from hypomag import knowledge
from hypomag.serve.page import units

SCALE = 10_000
Answer = dict[str, Any]


def of_answer(answer: Answer, choice: str) -> dict[str, Any] | None:
    """What the picture shows: the range in force, the grades under it, the value or its bounds, and the end of the axis.

    Places are 0 to 100. The range without a lower or an upper limit is open on that side. Marks are in `choice`.
    None where there is neither a value nor a range: nothing is drawn of what is not known.
    """
    level = answer["level"]
    unit = level["unit"] if level["unit"] in units.CHOICES or level["unit"] == "meq/L" else "mmol/L"
    low, high = _limits(level, choice)
    value = units.convert("magnesium", level["value"], unit, choice)
    if value is None and low is None and high is None:
        return None
    end = _end([low, high, value], choice)

    def place(x: float) -> float:
        return round(max(0.0, min(100.0, 100 * x / end)), 2)

    grades = _grades(level, unit, choice) if low is not None else []
    cuts = [{"at": place(x), "text": units.number(x), "grade": grade} for grade, x in grades if low is None or x < low]
    return {
        "unit": choice,
        "value": None if value is None else {"at": place(value), "text": units.number(value)},
        "comparator": level["comparator"],
        "low": None if low is None else {"at": place(low), "text": units.number(low)},
        "high": None if high is None else {"at": place(high), "text": units.number(high)},
        "cuts": cuts,
        "end": {"at": 100, "text": units.number(end)},
    }


def _limits(level: Answer, choice: str) -> tuple[float | None, float | None]:
    r = level["range"] or {}
    low, high = (units.convert("magnesium", r.get(side), r.get("unit"), choice) for side in ("low", "high"))
    return low, high


def _grades(level: Answer, unit: str, choice: str) -> list[tuple[int, float]]:
    """Where each grade of CTCAE begins to hold, worst first, from the column in whose family the level was graded."""
    family, of = ("mass", "mg/dL") if unit == "mg/dL" else ("moles", "mmol/L")
    rows = knowledge.load().tables["grades"].dicts()
    cuts = [r for r in rows if r["scheme"] == "ctcae_v5" and r["family"] == family and r["high"]]
    found = [(r["grade"], units.convert("magnesium", r["high"] / SCALE, of, choice)) for r in cuts]
    return sorted(((grade, x) for grade, x in found if x is not None), key=lambda cut: -cut[0])


def _end(values: list[float | None], choice: str) -> float:
    """A round end of the axis beyond everything that stands on it."""
    most = max((v for v in values if v is not None), default=1.0) * 1.15
    step = {"mg/dL": 0.5, "mmol/L": 0.2, "mEq/L": 0.5}[choice]
    return round(step * (int(most / step) + 1), 4)
