"""The pictures of a report as SVG, drawn by Vega-Lite through Altair (extra `plot`); nothing is fetched."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

Rows = list[dict[str, Any]]

INK, FAINT, GRID = "#1f2933", "#66727f", "#e4e8ec"
BLUE, AMBER, RED, GREEN, GREY = "#2f6690", "#d98e04", "#b3361e", "#4c8c5b", "#b8c1ca"
STEPS = {
    "intake": "#7a9e3f",
    "absorption": "#4c8c5b",
    "gi_loss": "#d98e04",
    "renal_loss": "#2f6690",
    "redistribution": "#8a5a9e",
    "other": "#66727f",
}
STEP_NAMES = {
    "intake": "intake",
    "absorption": "absorption",
    "gi_loss": "gut loss",
    "renal_loss": "renal loss",
    "redistribution": "redistribution",
    "other": "other",
}
HALF, WHOLE = 470, 1000  # pixels of a picture beside another, and of one across the page
FONT = "Arial, 'Liberation Sans', Helvetica, sans-serif"  # one whose widths the drawing library knows


def svg(chart: Any) -> str:
    """The chart as one SVG element."""
    import altair as alt
    import vl_convert

    styled = chart.configure(
        font=FONT, background="white",
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(
            labelColor=FAINT, titleColor=FAINT, titleFontWeight="normal", labelFontSize=12, titleFontSize=12,
            gridColor=GRID, domainColor=GRID, tickColor=GRID, labelLimit=230,
        ),
        legend=alt.LegendConfig(columnPadding=16, labelColor=INK, labelFontSize=12, orient="top"),
    )  # fmt: skip
    text: str = vl_convert.vegalite_to_svg(styled.to_dict())
    return text


def _chart(rows: Rows) -> Any:
    import altair as alt

    return alt.Chart(alt.Data(values=rows))


def distribution(rows: Rows, profiles: Rows) -> Any:
    """Newest magnesium of each patient, with the lower limits of the named ranges."""
    import altair as alt

    limits = [row for row in profiles if row["low"]]
    kinds = {"low": RED, "normal": BLUE, "high": AMBER, "cannot tell": GREY}
    bars = [{**row, "to": round(row["mmol_l"] + 0.05, 2), "status": row["status"].replace("_", " ")} for row in rows]
    heights: dict[float, int] = {}
    for row in rows:
        heights[row["mmol_l"]] = heights.get(row["mmol_l"], 0) + row["patients"]
    tall = max(heights.values(), default=1)
    bar = _chart(bars).mark_bar(binSpacing=1).encode(
        x=alt.X("mmol_l:Q", bin="binned", title="newest serum magnesium, mmol/L", scale=alt.Scale(domain=[0.2, 1.6])),
        x2="to:Q", y=alt.Y("patients:Q", title="patients", axis=alt.Axis(tickMinStep=1)),
        color=alt.Color("status:N", title=None, scale=alt.Scale(domain=list(kinds), range=list(kinds.values()))),
    )  # fmt: skip
    marked = sorted({row["low"]: row for row in limits}.values(), key=lambda row: row["low"])
    named = [{"low": row["low"], "name": ", ".join(p["profile"] for p in limits if p["low"] == row["low"]),
              "y": tall * (1.04 + 0.085 * (n % 3))} for n, row in enumerate(marked)]  # fmt: skip
    rule = _chart(named).mark_rule(color=INK, strokeDash=[3, 3], opacity=0.55).encode(x="low:Q")
    text = (
        _chart(named)
        .mark_text(align="left", dx=4, fontSize=10.5, color=FAINT)
        .encode(x="low:Q", y="y:Q", text="name:N")
    )
    return (bar + rule + text).properties(width=WHOLE - 60, height=240)


def funnel(row: dict[str, Any]) -> Any:
    """Episodes of low magnesium: treated, in time, looked at again, over."""
    import altair as alt

    steps = [
        ("episodes of low magnesium", "episodes", GREY),
        ("any magnesium given", "treated", BLUE),
        ("... within the time allowed", "in_time", BLUE),
        ("measured again", "rechecked", GREEN),
        ("... within the time allowed", "rechecked_in_time", GREEN),
        ("not low again", "resolved", AMBER),
    ]
    whole = row["episodes"] or 1
    rows = [{"n": n, "what": f"{what}{' ' * n}", "episodes": row[key], "colour": colour,
             "label": f"{row[key]:,}  ({100 * row[key] / whole:.0f} %)"}
            for n, (what, key, colour) in enumerate(steps)]  # fmt: skip
    y = alt.Y("what:N", sort=alt.SortField("n"), title=None, axis=alt.Axis(ticks=False, domain=False))
    bar = _chart(rows).mark_bar(cornerRadiusEnd=2, height=20).encode(
        x=alt.X("episodes:Q", title=None, axis=None, scale=alt.Scale(domain=[0, whole * 1.18])), y=y,
        color=alt.Color("colour:N", scale=None))  # fmt: skip
    text = (
        _chart(rows).mark_text(align="left", dx=6, color=INK, fontSize=12).encode(x="episodes:Q", y=y, text="label:N")
    )
    return (bar + text).properties(width=HALF - 170, height=alt.Step(30))


GAP_KINDS = (("holds", "patients"), ("cannot be told", "unknown"))


def gaps(rows: Rows) -> Any:
    """Patients with each care gap, and those for whom it cannot be told."""
    import altair as alt

    long = [{"name": row["name"], "n": n, "kind": kind, "patients": row[key] or 0, "order": order}
            for n, row in enumerate(rows) for order, (kind, key) in enumerate(GAP_KINDS)]  # fmt: skip
    return _chart(long).mark_bar(height=16).encode(
        x=alt.X("patients:Q", title="patients", axis=alt.Axis(tickMinStep=1)),
        y=alt.Y("name:N", sort=alt.SortField("n"), title=None, axis=alt.Axis(ticks=False, domain=False)),
        color=alt.Color("kind:N", title=None, scale=alt.Scale(domain=["holds", "cannot be told"], range=[RED, GREY])),
        order="order:Q",
    ).properties(width=HALF - 190, height=alt.Step(26))  # fmt: skip


def causes(rows: Rows) -> Any:
    """Causes present in patients who were low, coloured by the organ step they open."""
    import altair as alt

    shown = [{**row, "step": STEP_NAMES[row["step"]], "n": n} for n, row in enumerate(rows[:15])]
    present = {row["step"] for row in shown}
    scale = {STEP_NAMES[key]: colour for key, colour in STEPS.items() if STEP_NAMES[key] in present}
    return _chart(shown).mark_bar(cornerRadiusEnd=2, height=14).encode(
        x=alt.X("low:Q", title="patients with low magnesium", axis=alt.Axis(tickMinStep=1)),
        y=alt.Y("name:N", sort=alt.SortField("n"), title=None, axis=alt.Axis(ticks=False, domain=False)),
        color=alt.Color("step:N", title=None, scale=alt.Scale(domain=list(scale), range=list(scale.values()))),
    ).properties(width=HALF - 235, height=alt.Step(23))  # fmt: skip


def times(rows: Rows, episodes: int) -> Any:
    """Share of all episodes treated, and measured again, by so many hours."""
    import altair as alt

    made: Rows = []
    for what in ("first magnesium", "next level"):
        sofar = 0
        made.append({"what": what, "hours": 0, "share": 0.0})
        for row in (row for row in rows if row["what"] == what):
            sofar += row["episodes"]
            if row["hours"] <= 96:
                made.append({"what": what, "hours": row["hours"], "share": sofar / (episodes or 1)})
        made.append({"what": what, "hours": 96, "share": max(m["share"] for m in made if m["what"] == what)})
    return _chart(made).mark_line(interpolate="step-after", strokeWidth=2.2).encode(
        x=alt.X("hours:Q", title="hours after the first low value (next level: after the lowest)",
                scale=alt.Scale(domain=[0, 96]), axis=alt.Axis(values=[0, 12, 24, 36, 48, 60, 72, 84, 96])),
        y=alt.Y("share:Q", title="share of episodes", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
        color=alt.Color("what:N", title=None,
                        scale=alt.Scale(domain=["first magnesium", "next level"], range=[BLUE, GREEN])),
    ).properties(width=HALF - 50, height=230)  # fmt: skip


def companions(rows: Rows) -> Any:
    """What stands beside a low magnesium."""
    import altair as alt

    kinds = {"severely_low": "#7d1d0d", "low": RED, "normal": GREY, "high": "#7fb0d0", "severely_high": BLUE}
    shown = [{**row, "order": list(kinds).index(row["status"]), "status": row["status"].replace("_", " ")}
             for row in rows if row["status"] in kinds]  # fmt: skip
    return _chart(shown).mark_bar(height=18).encode(
        x=alt.X("patients:Q", title="patients with low magnesium now", axis=alt.Axis(tickMinStep=1)),
        y=alt.Y("analyte:N", title=None, sort=["potassium", "calcium", "phosphate", "sodium", "bicarbonate"],
                axis=alt.Axis(ticks=False, domain=False)),
        color=alt.Color("status:N", title=None, scale=alt.Scale(
            domain=[kind.replace("_", " ") for kind in kinds], range=list(kinds.values()))),
        order="order:Q",
    ).properties(width=HALF - 80, height=alt.Step(28))  # fmt: skip


def months(rows: Rows) -> Any:
    """Share of the patients measured in each month who were low."""
    import altair as alt

    shown = [
        {**row, "share": row["low"] / row["patients"]} for row in rows if row["patients"] and row["low"] is not None
    ]
    return _chart(shown).mark_line(point=True, strokeWidth=2, color=RED).encode(
        x=alt.X("month:O", title=None, axis=alt.Axis(labelAngle=-45, labelOverlap=True)),
        y=alt.Y("share:Q", title="patients measured who were low", axis=alt.Axis(format="%")),
    ).properties(width=HALF - 50, height=200)  # fmt: skip


MARKS_FROM, MARKS_APART = 14, 15  # where the names of marks stand, so that none covers another


def fan(rows: Rows, goal: dict[str, Any], unit: str) -> dict[str, Any]:
    """Forecast of one level, as a Vega-Lite specification: what half and nine in ten of the likely bodies do.

    rows: plan, day, q5 to q95 in `unit`. goal: low, high, safety in `unit`; nothing: what the plan without a dose is
    called; rechecks: rows of plan, day, name. One panel a plan, all to one scale; nothing given is dashed in each.
    """
    plans = list(dict.fromkeys(row["plan"] for row in rows if row["plan"] != goal["nothing"])) or [goal["nothing"]]
    last = max(row["day"] for row in rows)
    made = json.loads(_fan_frame(len(plans), last, unit))
    data = {"goal": [goal], "nothing": [row for row in rows if row["plan"] == goal["nothing"]]}
    for n, plan in enumerate(plans):
        marks = [row for row in goal["rechecks"] if row["plan"] == plan]
        marks = [row | {"height": MARKS_FROM + MARKS_APART * i} for i, row in enumerate(marks)]
        data[f"plan{n}"] = [row for row in rows if row["plan"] == plan]
        data[f"early{n}"] = [row for row in marks if row["day"] <= last / 2]
        data[f"late{n}"] = [row for row in marks if row["day"] > last / 2]
        (made["hconcat"][n] if len(plans) > 1 else made)["title"] = plan
    return made | {"datasets": data}


@cache
def _fan_frame(panels: int, last: float, unit: str) -> str:
    """The fan without its data, made once for each shape: a slider moves faster than Altair."""
    import altair as alt

    width = WHOLE // max(2, panels) - 90
    each = [
        _panel(n, last, f"serum magnesium, {unit}" if n == 0 else "").properties(width=width) for n in range(panels)
    ]
    chart = each[0] if panels == 1 else alt.hconcat(*each).resolve_scale(y="shared")
    return json.dumps(chart.to_dict(validate=False))


def _panel(n: int, last: float, title: str) -> Any:
    """One panel of the fan."""
    import altair as alt

    def of(name: str) -> Any:
        return alt.Chart(alt.NamedData(name=name))

    def y(column: str, title: str = "") -> Any:
        return alt.Y(f"{column}:Q", title=title, scale=alt.Scale(zero=True))

    days = alt.Axis(values=list(range(int(last) + 1)), format="d")
    base = of(f"plan{n}").encode(x=alt.X("day:Q", title="days from now", scale=alt.Scale(domain=[0, last]), axis=days))
    without = of("nothing").mark_line(color=FAINT, strokeDash=[3, 3], strokeWidth=1.5)
    layers = [
        of("goal").mark_rect(color=GREEN, opacity=0.16).encode(y=y("low", title), y2="high:Q"),
        base.mark_area(color=BLUE, opacity=0.18).encode(y=y("q5"), y2="q95:Q"),
        base.mark_area(color=BLUE, opacity=0.32).encode(y=y("q25"), y2="q75:Q"),
        without.encode(x="day:Q", y=y("q50")),
        base.mark_line(color=BLUE, strokeWidth=2.2).encode(y=y("q50")),
        of("goal").mark_rule(color=RED, strokeDash=[6, 4], strokeWidth=1.5).encode(y=y("safety")),
    ]
    for when, side in (("early", {"align": "left", "dx": 4}), ("late", {"align": "right", "dx": -4})):
        at = of(f"{when}{n}").encode(x="day:Q")
        name = at.mark_text(baseline="top", color=INK, fontSize=12, **side)
        layers += [
            at.mark_rule(color=INK, strokeWidth=1.2),
            name.encode(y=alt.Y("height:Q", scale=None), text="name:N"),
        ]
    return alt.layer(*layers).properties(height=230)


ARM_DASHES = ([1, 0], [7, 4], [2, 3], [9, 3, 2, 3])


def arms(rows: Rows, band: dict[str, float], unit: str) -> Any:
    """Serum in one body under several treatments: rows of arm, day, serum in `unit`; band: low and high."""
    import altair as alt

    names = list(dict.fromkeys(row["arm"] for row in rows))
    colours = [RED, BLUE, GREEN, AMBER][: len(names)]
    usual = _chart([band]).mark_rect(color=GREEN, opacity=0.14).encode(y="low:Q", y2="high:Q")
    lines = _chart(rows).mark_line(strokeWidth=2.2).encode(
        x=alt.X("day:Q", title="day", scale=alt.Scale(nice=False)),
        y=alt.Y("serum:Q", title=f"serum magnesium, {unit}", scale=alt.Scale(zero=True)),
        color=alt.Color("arm:N", title=None, scale=alt.Scale(domain=names, range=colours)),
        strokeDash=alt.StrokeDash("arm:N", title=None, scale=alt.Scale(domain=names, range=ARM_DASHES[: len(names)])),
    )  # fmt: skip
    return alt.layer(usual, lines).properties(width=WHOLE - 90, height=260)


def pools(rows: Rows) -> Any:
    """How full each pool is: rows of pool, day, share in percent of before."""
    import altair as alt

    names = list(dict.fromkeys(row["pool"] for row in rows))
    return _chart(rows).mark_line(strokeWidth=2.2).encode(
        x=alt.X("day:Q", title="day", scale=alt.Scale(nice=False)),
        y=alt.Y("share:Q", title="percent of what it held", scale=alt.Scale(zero=True)),
        color=alt.Color("pool:N", title=None, scale=alt.Scale(domain=names, range=[RED, AMBER, BLUE])),
        strokeDash=alt.StrokeDash("pool:N", title=None, scale=alt.Scale(domain=names, range=ARM_DASHES[:3])),
    ).properties(width=WHOLE - 90, height=200)  # fmt: skip


def drawn(make: Callable[..., Any], *given: Any) -> str:
    """The picture as SVG, or a sentence where the drawing library is not installed."""
    try:
        return svg(make(*given))
    except ImportError:
        return '<p class="note">No picture: install the extra with pip install "hypomag[plot]".</p>'
