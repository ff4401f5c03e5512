"""Numbers in words: as few digits as say the thing, ranges, hours as people say them."""

from __future__ import annotations


def number(value: float | None) -> str:
    """Three significant digits, whole from 100 on: 20.3, 5, 493, 1.67."""
    if value is None:
        return "?"
    if value >= 100:
        return str(round(value))
    return f"{value:.3g}"


def span(low: float | None, high: float | None, hours: bool = False) -> str:
    """'5', '1 to 2', '5 to 15 min', '45 min to 2 h'."""
    write = time if hours else number
    first, last = write(low), write(high)
    if first == last:
        return first
    amount, _, unit = first.partition(" ")
    return f"{amount if last.endswith(unit) else first} to {last}"


def time(hours: float | None) -> str:
    """Minutes under two hours where they are not whole hours: '15 min', '3 h'."""
    if hours is None:
        return "?"
    minutes = round(hours * 60)
    return f"{minutes} min" if minutes < 60 or (minutes < 120 and minutes % 60) else f"{number(hours)} h"


def joined(parts: list[str]) -> str:
    return "; ".join(dict.fromkeys(parts))
