"""A forecast as plain text: what is likely now, and one block for each plan."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from textwrap import fill
from typing import Any

from hypomag import knowledge
from hypomag.knowledge.sentences import sentences

WIDTH = 100
Told = dict[str, Any]


def write(forecast: Told, unit: str | None = None) -> str:
    """The forecast in words, serum in `unit` (default: the unit of the range in force)."""
    unit = unit or forecast["range"]["shown_unit"]
    said = sentences()["forecast"]["text"]
    lines = [*_now(forecast, unit, said)]
    for plan in forecast["plans"]:
        lines += ["", *_plan(plan, unit, forecast, said)]
    if forecast.get("search"):
        lines += ["", *(_wrapped(line) for line in found(forecast["search"], said))]
    lines += ["", said["assumed"], *[_wrapped(f"- {text}") for text in forecast["assumed"]]]
    version = forecast["version"]
    foot = (
        f"As of {forecast['as_of']}. hypomag {version['program']}, knowledge {version['knowledge']}. {forecast['note']}"
    )
    return "\n".join([*lines, "", fill(foot, WIDTH)]) + "\n"


def _wrapped(text: str) -> str:
    return fill(text, WIDTH, initial_indent="  ", subsequent_indent="    ")


@cache
def per_mmol(unit: str) -> float:
    """How many of the unit 1 mmol/L of magnesium is."""
    rows = knowledge.load().tables["units"].dicts()
    found = next(row for row in rows if row["analyte"] == "magnesium" and row["unit"] == unit)
    return float(10_000 / found["to_canonical"])


def level(value: float, unit: str) -> str:
    return f"{value * per_mmol(unit):.2f}"


def percent(share: float) -> str:
    """A chance as people say it; never 0 or 100 unless nobody or everybody."""
    if 0 < share < 0.005:
        return "under 1 %"
    if 0.995 < share < 1:
        return "over 99 %"
    return f"{100 * share:.0f} %"


def when(hours: float | None, never: str) -> str:
    if hours is None:
        return never
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.1f} d"


def _now(f: Told, unit: str, said: Any) -> Iterator[str]:
    low, _, middle, _, high = f["now"]["serum"]
    yield said["now"].format(middle=level(middle, unit), low=level(low, unit), high=level(high, unit), unit=unit)
    low, _, middle, _, high = f["now"]["deficit"]
    yield _wrapped(said["deficit"].format(middle=f"{middle:.0f}", low=f"{low:.0f}", high=f"{high:.0f}"))
    band = f["range"]
    yield _wrapped(
        said["range"].format(
            low=level(band["low"], unit), high=level(band["high"], unit), safety=level(band["safety"], unit), unit=unit
        )
    )
    steps = sorted(f["steps"].items(), key=lambda item: -item[1]["after"])
    shown = "; ".join(
        f"{name.replace('_', ' ')} {percent(s['after'])} (before {percent(s['before'])})" for name, s in steps
    )
    yield _wrapped(said["steps"].format(steps=shown))
    draws = f["draws"]
    yield _wrapped(said["draws"].format(n=draws["n"], effective=round(draws["effective"])))


def _plan(p: Told, unit: str, f: Told, said: Any) -> Iterator[str]:
    name = p["plan"] + (f" ({said['most']})" if p["amount"] == "most" else "")
    yield name + (f", {said['stopped']}" if p["cause_stopped"] else "")
    hours, last = p["hours"], len(p["hours"]) - 1
    yield "  " + said["head"].format(unit=unit)
    for i in sorted({0, *(min(range(last + 1), key=lambda k: abs(hours[k] - h)) for h in (6, 24, 72, 168)), last}):
        a, _, b, _, c = (level(row[i], unit) for row in p["serum"])
        d, _, e, _, g = (f"{row[i]:.0f}" for row in p["deficit"])
        serum, missing = f"{b} ({a} to {c})", f"{e} ({d} to {g})"
        yield f"  {when(hours[i], ''):>6}  {serum:<22} {percent(p['in_range'][i]):>9}  {missing}"
    never = said["never"]
    measure = said["each_round"] if p.get("followed") else when(p["measure_at"], said["not_within"])
    facts = {
        "to_range": when(p["hours_to_range"], never), "full": when(p["hours_to_full_stores"], never),
        "safety": percent(p["chance_above_safety"]), "high": percent(p["chance_above_range_at_end"]),
        "measure": measure, "peak": level(p["peak"][4], unit), "unit": unit,
    }  # fmt: skip
    yield _wrapped(said["outcome"].format(**facts))
    if p["dose"]:
        whole = {k: round(v) for k, v in p["dose"].items()}
        whole["kept"] = whole["given"] - whole["urine"] - whole["gut"] - whole["elsewhere"]  # what is printed adds up
        yield _wrapped(said["dose"].format(**whole))
    if p.get("followed"):
        yield _wrapped(said["followed"].format(**{k: f"{v:.1f}" for k, v in p["followed"].items()}))
    if p["beyond"]:
        yield _wrapped(said["beyond"].format(faults="; ".join(p["beyond"])))


def found(search: Told, said: Any) -> Iterator[str]:
    """What a search among the safe options came to."""
    shares = {key: percent(search[key]) for key in ("reached", "risk")}
    if not search["tried"]:
        yield said["none_carries"]
    elif search["plan"] is None:
        yield said["none_found"].format(**shares)
        if search["nearest"]:
            yield said["nearest"].format(plan=search["nearest"]["plan"], chance=percent(search["nearest"]["chance"]))
    else:
        high, chance = percent(search["chance_above_safety"]), percent(search["chance"])
        yield said["found"].format(plan=search["plan"], chance=chance, high=high, **shares)


def option(told: Told) -> str:
    """What an option of an assessment would do, in one line."""
    words = {key: percent(told[key]) for key in ("chance_in_range_at_end", "chance_above_safety", "chance_full_at_end")}
    return str(sentences()["forecast"]["text"]["option"].format(days=f"{told['days']:g}", **words))


def searched(told: Told | None) -> list[str]:
    """What the search among the options of an assessment came to, or why nothing could be forecast."""
    said = sentences()["forecast"]["text"]
    if not told:
        return []
    if told["because"]:
        return [said["no_forecast"].format(because=told["because"])]
    return [*found(told, said), told["note"]]
