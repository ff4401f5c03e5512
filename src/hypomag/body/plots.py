"""Pictures of a course with Altair (extra `plot`): course with reference band, pools as change, flows to scale."""

from pathlib import Path
from typing import Any

import numpy as np

from hypomag.body.course import SERUM_UNITS, Course
from hypomag.body.known import Mistake, body

SUFFIXES = (".png", ".svg", ".html")
WIDTH = 640
POOLS = {
    "central": "blood",
    "fast": "fast tissue",
    "exchangeable": "bone surface, labile",
    "slow": "cells",
    "crystal": "bone crystal",
}
COLOURS = ["#c0392b", "#e67e22", "#2980b9", "#27ae60", "#7f8c8d"]
INK = "#2c3e50"
# Where each place stands in the flow diagram (x, y) and how it is called.
PLACES = {
    "food": (0, 4, "food"),
    "dose": (4, 4, "doses"),
    "gut": (2, 4, "gut"),
    "blood": (4, 2.6, "blood"),
    "faeces": (2, 0.6, "faeces"),
    "urine": (4, 0.6, "urine"),
    "elsewhere": (6, 0.6, "dialysis, skin, drains"),
    "tissue": (6, 4, "soft tissue, cells"),
    "bone": (6, 2.6, "bone"),
}
# Arrows: from, to, and the flows (+) they add up; a negative sum turns the arrow round.
ARROWS = [
    ("food", "gut", ["eat"]),
    ("gut", "blood", ["absorb"]),
    ("gut", "faeces", ["transit", "undissolved"]),
    ("blood", "faeces", ["secrete"]),
    ("blood", "urine", ["excrete"]),
    ("blood", "elsewhere", ["dialyse", "drain"]),
    ("blood", "tissue", ["to_fast", "to_slow", "-from_slow"]),
    ("blood", "bone", ["to_exchangeable", "deposit", "-resorb"]),
]
NOTE = "Simulated; not a medical device, no clinician has reviewed it."


def save(course: Course, path: Path, unit: str = "mmol/L", title: str = "") -> None:
    """Write the three pictures into one PNG, SVG or HTML file."""
    if path.suffix.lower() not in SUFFIXES:
        raise Mistake(f"--plot {path}: ends in '{path.suffix}'; it ends in {', '.join(SUFFIXES)}.")
    try:
        import altair
    except ImportError:
        raise Mistake("--plot needs Altair; install hypomag with the extra 'plot'.") from None
    chart = (
        altair.vconcat(serum(course, unit), pools(course), flows(course))
        .resolve_scale(color="independent")
        .properties(title=altair.TitleParams(title or "Magnesium in the body", subtitle=NOTE, anchor="start"))
        .configure_view(stroke=None)
        .configure_axis(gridColor="#ecf0f1", labelColor=INK, titleColor=INK)
        .configure_legend(labelLimit=300)
    )
    # a page that needs nothing from elsewhere, a picture sharp enough to print
    options: dict[str, dict[str, Any]] = {".png": {"scale_factor": 2}, ".html": {"inline": True}}
    chart.save(str(path), **options.get(path.suffix.lower(), {}))


def time_axis(course: Course) -> tuple[np.ndarray, str]:
    """Hours, or days for anything longer than four."""
    return (course.hours / 24, "days") if np.ptp(course.hours) > 96 else (course.hours, "hours")


def serum(course: Course, unit: str) -> Any:
    """Serum with its reference band; for many people the median with the middle 50 and 90 %."""
    import altair as alt

    time, name = time_axis(course)
    factor = SERUM_UNITS[unit]
    low, middle_low, median, middle_high, high = course.quantiles("serum") * factor
    rows = [
        {"t": t, "low": a, "q1": b, "serum": c, "q3": d, "high": e}
        for t, a, b, c, d, e in zip(time, low, middle_low, median, middle_high, high, strict=True)
    ]
    band = body()["person"]["reference_band"]
    reference = (
        alt.Chart(alt.Data(values=[{"low": band["low"] * factor, "high": band["high"] * factor}]))
        .mark_rect(color="#27ae60", opacity=0.13)
        .encode(y="low:Q", y2="high:Q")
    )
    base = alt.Chart(alt.Data(values=rows)).encode(x=alt.X("t:Q", title=name))
    top = max(high.max(), band["high"] * factor) * 1.05
    line = base.mark_line(color="#c0392b", strokeWidth=2).encode(
        y=alt.Y("serum:Q", title=f"serum magnesium, {unit}", scale=alt.Scale(domain=[0, top]))
    )
    layers = [reference, line]
    if course.people.n > 1:
        layers[1:1] = [
            base.mark_area(color="#c0392b", opacity=o).encode(y=f"{a}:Q", y2=f"{b}:Q")
            for a, b, o in (("low", "high", 0.12), ("q1", "q3", 0.22))
        ]
    who = f"median of {course.people.n} people, middle 50 and 90 %" if course.people.n > 1 else "one person"
    return alt.layer(*layers).properties(
        width=WIDTH,
        height=190,
        title=f"Course ({who}); green: {band['low'] * factor:.3g} to {band['high'] * factor:.3g} {unit}",
    )


def pools(course: Course) -> Any:
    """What each pool has gained or lost since the first hour, stacked (median over people)."""
    import altair as alt

    time, name = time_axis(course)
    pick = np.unique(np.linspace(0, len(time) - 1, 160).astype(int))
    rows = [
        {"t": time[i], "pool": label, "change": float(change[i]), "order": k}
        for k, (pool, label) in enumerate(POOLS.items())
        for change in [np.median(course[pool] - course[pool][0], axis=1)]
        for i in pick
    ]
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_area()
        .encode(
            x=alt.X("t:Q", title=name),
            y=alt.Y("change:Q", stack="zero", title="change since start, mmol"),
            order="order:Q",
            color=alt.Color("pool:N", title="pool", scale=alt.Scale(domain=list(POOLS.values()), range=COLOURS)),
        )
        .properties(width=WIDTH, height=170, title="Pools: gained or lost since the first hour")
    )


def mean_flow(course: Course, names: list[str]) -> float:
    total = sum((-1 if n.startswith("-") else 1) * np.median(course[n.lstrip("-")], axis=1) for n in names)
    return float(np.trapezoid(total, course.hours) / np.ptp(course.hours) * 24)


def flows(course: Course) -> Any:
    """Mean flows (mmol a day) as arrows whose width is to scale."""
    import altair as alt

    amounts = [(a, b, mean_flow(course, names)) for a, b, names in ARROWS if b != "urine"]
    amounts.append(
        ("blood", "urine", float(np.median(course["urine"][-1] - course["urine"][0])) / np.ptp(course.hours) * 24)
    )
    for pool, mmol in course.given.items():
        amounts.append(
            (
                "dose",
                "gut" if pool in ("stomach", "tablet", "gut") else "blood",
                float(np.median(mmol)) / np.ptp(course.hours) * 24,
            )
        )
    arrows: dict[tuple[str, str], float] = {}
    for a, b, v in amounts:
        arrows[a, b] = arrows.get((a, b), 0.0) + v
    drawn = [(a, b, v) if v >= 0 else (b, a, -v) for (a, b), v in arrows.items() if abs(v) >= 0.005]
    widest = max(v for *_, v in drawn)
    rows, heads = [], []
    for a, b, v in drawn:
        (x, y, _), (x2, y2, _) = PLACES[a], PLACES[b]
        along = np.hypot(x2 - x, y2 - y)
        dx, dy = (x2 - x) / along, (y2 - y) / along
        rows.append({"x": x + 0.45 * dx, "y": y + 0.3 * dy, "x2": x2 - 0.6 * dx, "y2": y2 - 0.35 * dy, "v": v})
        heads.append(
            {
                "x": x2 - 0.55 * dx,
                "y": y2 - 0.34 * dy,
                "angle": float(np.degrees(np.arctan2(dx * 1.0, dy * 1.35))),
                "v": v,
                "tx": (x + x2) / 2,
                "ty": (y + y2) / 2,
                "text": f"{v:.3g}",
            }
        )
    axis: dict[str, Any] = {"axis": None, "scale": alt.Scale(domain=[-0.6, 7.2])}
    up: dict[str, Any] = {"axis": None, "scale": alt.Scale(domain=[0.2, 4.5])}
    lines = (
        alt.Chart(alt.Data(values=rows))
        .mark_rule(color="#5d8aa8", opacity=0.75, strokeCap="butt")
        .encode(
            x=alt.X("x:Q", **axis),
            x2="x2:Q",
            y=alt.Y("y:Q", **up),
            y2="y2:Q",
            strokeWidth=alt.StrokeWidth("v:Q", scale=alt.Scale(domain=[0, widest], range=[0.7, 26]), legend=None),
        )
    )
    tips = (
        alt.Chart(alt.Data(values=heads))
        .mark_point(shape="triangle", filled=True, color="#2c5d7c", size=110, opacity=1)
        .encode(x="x:Q", y="y:Q", angle=alt.Angle("angle:Q", scale=None))
    )
    text = alt.Chart(alt.Data(values=heads)).encode(x="tx:Q", y="ty:Q", text="text:N")
    numbers = text.mark_text(stroke="white", strokeWidth=4, fontSize=11) + text.mark_text(color=INK, fontSize=11)
    names = (
        alt.Chart(alt.Data(values=[{"x": x, "y": y, "text": t} for x, y, t in PLACES.values()]))
        .mark_text(fontSize=13, fontWeight="bold", color=INK)
        .encode(x="x:Q", y="y:Q", text="text:N")
    )
    return alt.layer(lines, tips, numbers, names).properties(
        width=WIDTH, height=300, title="Flows over the whole course, mmol a day; widths to scale"
    )
