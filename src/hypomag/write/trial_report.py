"""One HTML file of a trial that needs no network: pictures by kidney class, tables, paired differences."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import Any

from hypomag.knowledge.sentences import sentences
from hypomag.write import charts
from hypomag.write.report import _same_ids, _section
from hypomag.write.trial_text import figure, lead, rows, scale

COLOURS = ["#2f6690", "#d98e04", "#4c8c5b", "#b3361e", "#8a5a9e", "#66727f", "#1f2933", "#7a9e3f"]
TOLD = ("time_in_range", "deficit_at_end", "time_above_range", "hours_to_range")
BRACKETS = "mean, and in brackets the paired difference with its 95 % interval"
Told = dict[str, Any]


def write(trial: Told) -> str:
    """The page."""
    style = (files("hypomag") / "write" / "report.css").read_text("utf-8")
    said = sentences()["trial"]
    body = [
        f"<h1>{escape(trial['ward'])}: replacement protocols tried</h1>",
        f'<p class="lead">{escape(lead(trial))}</p>',
        f'<p class="warning">{escape(said["note"])}</p>',
        '<div class="grid">',
        *[_section(_title(o), said["outcomes"][o]["text"], charts.drawn(dots, trial, o)) for o in TOLD],
        _section("In range by day", "share of people with serum in the range", charts.drawn(by_day, trial), wide=True),
        *[
            _section(f"{name} ({trial['people'][name]:,} people)", BRACKETS, _table(trial, name), wide=True)
            for name in ("all", *trial["classes"])
            if trial["people"].get(name)
        ],
        _section("Assumed", "", _list(trial), wide=True),
        "</div>",
        f"<footer><p>hypomag {escape(trial['version'])}, seed {trial['seed']}. Equal seed, equal page.</p></footer>",
    ]  # fmt: skip
    page = _same_ids("\n".join(body))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Protocols tried on a virtual ward</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n{page}\n"
        "</main>\n</body>\n</html>\n"
    )


def _title(outcome: str) -> str:
    about = sentences()["trial"]["outcomes"][outcome]
    return f"{about['name'].capitalize()}" + (f", {about['unit']}" if about["unit"] else "")


def _list(trial: Told) -> str:
    texts = [
        *trial["assumed"],
        *(f"{p['name']} ({p['source']}): {t}" for p in trial["protocols"] for t in p["assumed"]),
    ]
    return "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>"


def _table(trial: Told, kidney: str) -> str:
    found, about = rows(trial, kidney), sentences()["trial"]["outcomes"]
    names = [p["name"] for p in trial["protocols"]]
    head = "<th></th>" + "".join(f'<th class="n">{escape(name)}</th>' for name in names)
    lines = []
    for outcome in about:
        cells = [f"<td>{escape(_title(outcome))}</td>"]
        for i, name in enumerate(names):
            row, by = found[name, outcome], scale(outcome)
            text = figure(row["mean"] * by)
            if i:
                ends = [figure(row[k] * by) for k in ("difference", "difference_low", "difference_high")]
                text += f" ({ends[0]}; {ends[1]} to {ends[2]})"
            cells.append(f'<td class="n">{text}</td>')
        lines.append("<tr>" + "".join(cells) + "</tr>")
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'


def _colour(trial: Told) -> Any:
    import altair as alt

    names = [p["name"] for p in trial["protocols"]]
    legend = alt.Legend(labelLimit=300, columns=3)
    return alt.Color(
        "protocol:N", title=None, legend=legend, scale=alt.Scale(domain=names, range=COLOURS[: len(names)])
    )


def dots(trial: Told, outcome: str) -> Any:
    """Mean with its interval, a row a kidney class, a colour a protocol."""
    import altair as alt

    by, order = scale(outcome), ["all", *trial["classes"]]
    values = [
        {**{k: r[k] * by for k in ("mean", "low", "high")}, "protocol": r["protocol"], "class": r["class"]}
        for r in trial["results"]
        if r["outcome"] == outcome and r["n"]
    ]
    names = [p["name"] for p in trial["protocols"]]
    base = alt.Chart(alt.Data(values=values)).encode(
        y=alt.Y("class:N", sort=order, title=None, axis=alt.Axis(labelLimit=140)),
        yOffset=alt.YOffset("protocol:N", sort=names), color=_colour(trial),
    )  # fmt: skip
    point = base.mark_point(filled=True, size=55, opacity=1).encode(x=alt.X("mean:Q", title=_title(outcome)))
    line = base.mark_rule().encode(x="low:Q", x2="high:Q")
    return (line + point).properties(width=charts.HALF - 150, height=alt.Step(11))


def by_day(trial: Told) -> Any:
    """Share in range through the stay, a panel a class."""
    import altair as alt

    values = [
        {"protocol": c["protocol"], "class": c["class"], "day": float(h) / 24, "share": 100 * float(s)}
        for c in trial["courses"]
        for i, (h, s) in enumerate(zip(c["hours"], c["in_range"], strict=True))
        if i % 3 == 2
    ]
    panel = (
        alt.Chart(alt.Data(values=values))
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("day:Q", title="day"),
            y=alt.Y("share:Q", title="in range, %", scale=alt.Scale(domain=[0, 100])),
            color=_colour(trial),
        )
        .properties(width=290, height=170)
    )
    return panel.facet(facet=alt.Facet("class:N", sort=["all", *trial["classes"]], title=None), columns=3)
