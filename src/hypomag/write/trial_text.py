"""A trial as plain text: one table a kidney class, protocols across, and what differs from the first."""

from __future__ import annotations

from textwrap import fill
from typing import Any

from hypomag.knowledge.sentences import sentences

WIDTH = 100
SHOWN = (
    *("time_in_range", "hours_to_range", "in_range_at_end", "deficit_at_end", "time_above_range", "above_safety"),
    *("iv_share", "doses", "labs", "cost"),
)
Told = dict[str, Any]


def write(trial: Told) -> str:
    """The whole ward, then each kidney class."""
    lines = [fill(lead(trial), WIDTH)]
    for name in ("all", *trial["classes"]):
        if trial["people"].get(name):
            lines += ["", f"{name} ({trial['people'][name]:,} people)", *table(trial, name)]
    assumed = [*trial["assumed"], *(f"{p['name']}: {text}" for p in trial["protocols"] for text in p["assumed"])]
    lines += [
        "",
        "Assumed",
        *[fill(f"- {text}", WIDTH, initial_indent="  ", subsequent_indent="    ") for text in assumed],
    ]
    return "\n".join([*lines, "", fill(sentences()["trial"]["note"], WIDTH)]) + "\n"


def lead(trial: Told) -> str:
    r, first = trial["range"], trial["protocols"][0]["name"]
    numbers = {k: f"{v:.3g}" for k, v in r.items()}
    return str(
        sentences()["trial"]["lead"].format(
            n=f"{trial['n']:,}", days=f"{trial['days']:g}", ward=trial["ward"], first=first, **numbers
        )
    )


def rows(trial: Told, kidney: str) -> dict[tuple[str, str], Told]:
    """(protocol, outcome) -> row, of one class."""
    return {(r["protocol"], r["outcome"]): r for r in trial["results"] if r["class"] == kidney}


def scale(outcome: str) -> float:
    """Shares as per cent, hours to range as days."""
    return {"%": 100.0, "days": 1 / 24}.get(sentences()["trial"]["outcomes"][outcome]["unit"], 1.0)


def figure(value: float) -> str:
    if value != value:
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def table(trial: Told, kidney: str) -> list[str]:
    found, about = rows(trial, kidney), sentences()["trial"]["outcomes"]
    names = [p["name"] for p in trial["protocols"]]
    wide = max(12, *(len(name) for name in names)) + 2
    lines = ["  " + " " * 30 + "".join(f"{name:>{wide}}" for name in names)]
    for outcome in SHOWN:
        label = about[outcome]["name"] + (f", {about[outcome]['unit']}" if about[outcome]["unit"] else "")
        cells = []
        for i, name in enumerate(names):
            row, by = found[name, outcome], scale(outcome)
            text = figure(row["mean"] * by)
            clear = i and (row["difference_low"] > 0 or row["difference_high"] < 0)
            cells.append(f"{text + ('*' if clear else ' '):>{wide}}")
        lines.append(f"  {label:<30}" + "".join(cells))
    return [*lines, "  * the 95 % interval of the paired difference to the first leaves out no difference"]
