"""A forecast as pictures: for each plan the fan of serum with the measured levels, and the fan of what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypomag.write.forecast_text import per_mmol, percent

SUFFIXES = (".png", ".svg", ".html")
WIDTH, HEIGHT = 400, 150
RED, BLUE, GREEN, INK = "#c0392b", "#2471a3", "#27ae60", "#2c3e50"
ROOM = 1.06  # above the highest line
POINTS = 170  # of a fan; more are not seen
Told = dict[str, Any]


def save(forecast: Told, path: Path, unit: str | None = None) -> None:
    """Write one row of two panels a plan into one PNG, SVG or HTML file. Raises ValueError for another ending."""
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"--plot {path}: ends in '{path.suffix}'; it ends in {', '.join(SUFFIXES)}.")
    try:
        made = chart(forecast, unit)
    except ImportError:
        raise ValueError("--plot needs Altair; install hypomag with the extra 'plot'.") from None
    options: dict[str, dict[str, Any]] = {".png": {"scale_factor": 2}, ".html": {"inline": True}}
    made.save(str(path), **options.get(path.suffix.lower(), {}))


def chart(forecast: Told, unit: str | None = None) -> Any:
    """The Altair chart."""
    import altair as alt

    unit = unit or forecast["range"]["shown_unit"]
    factor = per_mmol(unit)
    top = max(max(p["serum"][4]) for p in forecast["plans"])
    top = factor * max(top, forecast["range"]["high"], *(lab["value"] for lab in forecast["levels"])) * ROOM
    most = max(max(p["deficit"][4]) for p in forecast["plans"]) * ROOM
    least = min(0.0, *(min(p["deficit"][0]) for p in forecast["plans"]))
    rows = []
    for p in forecast["plans"]:
        name = (
            p["plan"]
            + (" (larger amount)" if p["amount"] == "most" else "")
            + (", cause stopped" if p["cause_stopped"] else "")
        )
        chances = percent(p["chance_in_range_at_end"]), percent(p["chance_above_safety"])
        end = f"in range at the end {chances[0]}, above safety at any hour {chances[1]}"
        serum = alt.layer(
            _band(forecast["range"]["low"] * factor, forecast["range"]["high"] * factor),
            *_fan(p, "serum", factor, RED, f"serum, {unit}", (0, top)), _levels(forecast, factor),
        ).properties(width=WIDTH, height=HEIGHT, title=alt.TitleParams(name, subtitle=end, anchor="start"))  # fmt: skip
        missing = alt.layer(*_fan(p, "deficit", 1.0, BLUE, "missing, mmol", (least, most))).properties(
            width=WIDTH * 0.75, height=HEIGHT
        )
        rows.append(alt.hconcat(serum, missing))
    subtitle = (
        "Median, middle 50 % and 90 % of likely bodies; dots: measured; green: range aimed at. "
        + forecast["note"].split(". ")[0]
        + "."
    )
    return (
        alt.vconcat(*rows)
        .properties(title=alt.TitleParams("Magnesium ahead", subtitle=subtitle, anchor="start"))
        .configure_view(stroke=None)
        .configure_axis(gridColor="#ecf0f1", labelColor=INK, titleColor=INK)
    )


def _band(low: float, high: float) -> Any:
    import altair as alt

    return (
        alt.Chart(alt.Data(values=[{"low": low, "high": high}]))
        .mark_rect(color=GREEN, opacity=0.13)
        .encode(y="low:Q", y2="high:Q")
    )


def _fan(p: Told, what: str, factor: float, colour: str, title: str, domain: tuple[float, float]) -> list[Any]:
    import altair as alt

    hours = list(p["hours"])
    every = max(1, len(hours) // POINTS)
    kept = [*range(0, len(hours), every)]
    names = ("low", "q1", "median", "q3", "high")
    rows = [
        {"day": hours[i] / 24, **{n: float(row[i]) * factor for n, row in zip(names, p[what], strict=True)}}
        for i in kept
    ]
    base = alt.Chart(alt.Data(values=rows)).encode(x=alt.X("day:Q", title="days from now"))
    scale = alt.Scale(domain=list(domain), nice=False)
    areas = [
        base.mark_area(color=colour, opacity=o, clip=True).encode(
            y=alt.Y(f"{a}:Q", title=title, scale=scale), y2=f"{b}:Q"
        )
        for a, b, o in (("low", "high", 0.14), ("q1", "q3", 0.25))
    ]
    return [
        *areas,
        base.mark_line(color=colour, strokeWidth=2, clip=True).encode(y=alt.Y("median:Q", title=title, scale=scale)),
    ]


def _levels(forecast: Told, factor: float) -> Any:
    import altair as alt

    rows = [{"day": lab["hour"] / 24, "value": lab["value"] * factor} for lab in forecast["levels"]]
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_point(filled=True, color=INK, size=45, opacity=1)
        .encode(x="day:Q", y="value:Q")
    )
