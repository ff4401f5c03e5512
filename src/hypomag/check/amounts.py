"""The amounts of an option: grams, mmol, mEq and mg of magnesium must be one amount, and above no ceiling."""

from __future__ import annotations

from collections.abc import Iterator

from hypomag.check.known import Row, limit, sulfate

AMOUNTS = ("grams", "mmol", "meq", "elemental_mg")
ROUNDING = 0.01  # amounts are rounded down when a plan is made and to three digits when it is written


def most(option: Row, what: str) -> float | None:
    """The larger end of an amount."""
    values = [end[what] for end in (option, option["most"]) if end and end[what] is not None]
    return max(values, default=None)


def has_figure(option: Row) -> bool:
    return any(most(option, what) is not None for what in AMOUNTS)


def over(value: float | None, ceiling: float, what: str) -> Iterator[str]:
    if value is not None and value > ceiling * (1 + 1e-9):
        yield f"{value:.6g} {what} is above {ceiling:.6g}"


def agreeing(option: Row) -> Iterator[str]:
    """Grams, millimoles, milliequivalents and milligrams of one amount must be one amount."""
    salt = sulfate()
    for end in (option, option["most"] or option):
        if any(end[what] is not None and not 0 < end[what] < float("inf") for what in AMOUNTS):
            yield "an amount is zero, below zero or no number"
            continue
        if option["way"] == "antidote":  # calcium, which is given in grams alone
            continue
        if end["mmol"] is None:
            yield "an amount without its millimoles"
            continue
        pairs = [(end["meq"], 2 * end["mmol"]), (end["elemental_mg"], limit("mg_per_mmol") * end["mmol"])]
        if option["way"] != "po":
            pairs.append((end["grams"], end["mmol"] / (salt["mmol_low"] / 10_000)))
        for said, meant in pairs:
            if said is None or abs(said - meant) > ROUNDING * meant + 0.002:
                yield f"its amounts do not agree: {said} where {meant:.4g} belongs"
