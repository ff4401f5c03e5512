"""Who may be offered magnesium: the level, the signs that say stop, and what each guard forbids, withholds or limits."""

from __future__ import annotations

from collections.abc import Iterator

from hypomag.check.amounts import has_figure, most, over
from hypomag.check.known import Row, ceiling, effects, rows


def wanted(option: Row, guards: dict[str, str], status: str) -> Iterator[str]:
    """Magnesium only for a low level, whatever the level only for torsades, and never while a sign says stop."""
    stops = {row["guard"] for row in rows("guards") if row["stops"]}
    for guard in sorted(stops | {"obstetric"}):
        if guards.get(guard) == "blocks":
            yield f"magnesium is offered although {guard} says stop"
    if status != "low" and option["way"] != "emergency":
        unknown = option["way"] == "emergency_low" and status != "high" and status != "normal"
        if not unknown or has_figure(option):
            yield f"magnesium is offered although the level is {status}"


def guarded(option: Row, guards: dict[str, str]) -> Iterator[str]:
    """What the knowledge says a guard does to this way of giving must show in the plan."""
    for row in effects(option["way"]):
        if guards.get(row["guard"], "not_assessed") != {"unknown": "not_assessed"}.get(row["state"], row["state"]):
            continue
        if row["effect"] == "forbid":
            yield f"{row['guard']} forbids it"
        elif row["effect"] == "withhold" and has_figure(option):
            yield f"{row['guard']} allows no figure"
        elif row["effect"] == "once" and option["doses"] and option["doses"] > 1:
            yield f"{row['guard']} allows no repeat before a level"
        elif row["effect"] == "limit":
            yield from over(most(option, "grams"), ceiling("kidney_before_level")["grams"], "g before a level")
