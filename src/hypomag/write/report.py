"""report.html: one file that needs no network, with the pictures and tables of a screening run.

Takes plain rows and decides nothing; every text from the input is escaped.
"""

from __future__ import annotations

import re
from html import escape
from importlib.resources import files
from typing import Any

from hypomag.write import charts

Rows = list[dict[str, Any]]


def write(data: dict[str, Any]) -> str:
    """The page. data: the summary and the rows that screen.counting.pictures gives."""
    summary = data["summary"]
    style = (files("hypomag") / "write" / "report.css").read_text("utf-8")
    body = "\n".join(
        [_head(summary), _cards(summary, data), '<div class="grid">', *_sections(data), "</div>", _foot(summary)]
    )
    body = _same_ids(body)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Low magnesium in a population</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n{body}\n"
        "</main>\n</body>\n</html>\n"
    )


def _same_ids(body: str) -> str:
    """The drawing library numbers its clips through the whole process; here they count from 0 in each page."""
    seen: dict[str, str] = {}
    return re.sub(r"\bclip\d+\b", lambda found: seen.setdefault(found[0], f"clip{len(seen)}"), body)


def _head(summary: dict[str, Any]) -> str:
    when = "each patient's own latest record" if summary["as_of"] is None else "one moment for all"
    return (
        "<h1>Low magnesium in a population</h1>\n"
        f'<p class="lead">{_n(summary["patients"])} patients, read as {escape(summary["format"])}; '
        f"asked about at {when}. Grades by {escape(summary['scheme'])}.</p>\n"
        '<p class="warning">Not a medical device. No clinician has reviewed these rules. A gap is a reason to look at '
        "the record, not a finding of fault; what a record does not hold cannot be told from what was not done.</p>"
    )


def _cards(summary: dict[str, Any], data: dict[str, Any]) -> str:
    now = {(row["what"], row["value"]): row["patients"] for row in data["now"]}
    patients = summary["patients"] or 1
    cards = [
        (_n(summary["patients"]), "patients"),
        (f"{100 * summary['tested'] / patients:.0f} %", "ever had serum magnesium measured"),
        (_n(summary["ever_low"]), "ever low"),
        (_n(now.get(("status", "low"), 0)), "low now"),
        (_n(now.get(("tier", "emergency"), 0)), "emergency now"),
        (_n(now.get(("tier", "same_day"), 0)), "same day now"),
        (_n(summary["episodes"]), "episodes of low magnesium"),
        (
            "–" if summary["tests_per_case"] is None else f"{summary['tests_per_case']:.1f}",
            "tests for each patient found low",
        ),
    ]
    return (
        '<div class="cards">'
        + "".join(f'<div class="card"><b>{b}</b><span>{s}</span></div>' for b, s in cards)
        + "</div>"
    )


def _sections(data: dict[str, Any]) -> list[str]:
    low_now = sum(row["patients"] or 0 for row in data["companions"] if row["analyte"] == "potassium")
    funnel = data["funnel"][0]
    made = []
    if data["distribution"]:
        made.append(
            _section(
                "Newest magnesium and what each range calls low",
                "One value a patient, coloured by what it means in its own unit and range: 1.70 mg/dL is not low "
                "although it is 0.699 mmol/L. "
                "Dashed: the lower limit of each named range. The table says what each would call the newest results.",
                charts.drawn(charts.distribution, data["distribution"], data["profiles"]) + _profiles(data["profiles"]),
                wide=True,
            )
        )
    if funnel["episodes"]:
        unknown = (
            f" For {_n(funnel['treatment_unknown'])} it cannot be told whether they were treated in time."
            if funnel["treatment_unknown"]
            else ""
        )
        made.append(
            _section(
                "What became of each episode",
                f"From the first low value to one that is not low.{unknown}",
                charts.drawn(charts.funnel, funnel),
            )
        )
    made.append(
        _section(
            "Care gaps",
            "Patients; grey where the record does not let it be told.",
            charts.drawn(charts.gaps, data["gaps"]),
        )
    )
    if any(row["low"] for row in data["causes"]):
        made.append(
            _section(
                "Causes by organ step",
                "Causes present in patients who were ever low. Present is not proven.",
                charts.drawn(charts.causes, [row for row in data["causes"] if row["low"]]),
            )
        )
    if low_now:
        made.append(
            _section(
                "What stands beside a low magnesium",
                "Nearest result within the companion window.",
                charts.drawn(charts.companions, data["companions"]),
            )
        )
    if data["times"]:
        made.append(
            _section(
                "How long until treatment and the next level",
                "Doses known to the day stand at its noon.",
                charts.drawn(charts.times, data["times"], funnel["episodes"]),
            )
        )
    if sum(1 for row in data["months"] if row["patients"]) > 2:
        made.append(_section("By month", "Months with enough patients.", charts.drawn(charts.months, data["months"])))
    if any(row["patients"] for row in data["wards"]):
        made.append(
            _section("By ward", "", _table(data["wards"], ward="Ward", tests="Tests", patients="Patients", low="Low"))
        )
    if data["risks"]:
        made.append(
            _section(
                "Never tested, but should be",
                "Each patient under the risk group in which low magnesium is commonest. Expected: patients times the "
                "published share.",
                _risks(data["risks"]),
                wide=True,
            )
        )
    made.append(_section("What the testing costs", "At published prices; use your own.", _costs(data["summary"])))
    made.append(
        _section(
            "Worklist",
            "Most at risk first; the first 200. All of it is in worklist.csv.",
            _worklist(data["worklist"]),
            wide=True,
        )
    )
    return made


def _section(title: str, about: str, body: str, wide: bool = False) -> str:
    said = f"<p>{escape(about)}</p>" if about else ""
    return f"<section{' class=wide' if wide else ''}><h2>{escape(title)}</h2>{said}{body}</section>"


def _n(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _cell(value: Any) -> str:
    if isinstance(value, int | float) or value is None:
        return f'<td class="n">{_n(value)}</td>'
    return f"<td>{escape(str(value))}</td>"


def _table(rows: Rows, **columns: str) -> str:
    numeric = {c for c in columns if rows and all(isinstance(row[c], int | float) or row[c] is None for row in rows)}
    head = "".join(f"<th{' class=n' if c in numeric else ''}>{escape(title)}</th>" for c, title in columns.items())
    body = "".join("<tr>" + "".join(_cell(row[c]) for c in columns) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _profiles(rows: Rows) -> str:
    return _table(
        rows,
        profile="Range",
        name="",
        low="Low under, mmol/L",
        high="High over, mmol/L",
        n_low="Low",
        n_high="High",
        n_unknown="Cannot be told",
    )


def _risks(rows: Rows) -> str:
    made = []
    for row in rows:
        low, high, n = row["yield_low"], row["yield_high"], row["patients"]
        share = (
            ""
            if low is None
            else f"{100 * low:.0f} %"
            if low == high
            else f"{100 * low:.0f}–{100 * (high or low):.0f} %"
        )
        cases = (
            ""
            if low is None or n is None
            else f"{n * low:.0f}"
            if low == high
            else f"{n * low:.0f}–{n * (high or low):.0f}"
        )
        made.append(
            {
                "name": row["name"],
                "patients": "few" if n is None else _n(n),
                "share": share or "no share published",
                "cases": cases,
            }
        )
    return _table(
        made, name="Risk group", patients="Patients", share="Low magnesium in the group", cases="Expected low"
    )


def _costs(summary: dict[str, Any]) -> str:
    rows = [{**row, "price": f"{row['each']:.2f} {row['currency']} ({row['year']})",
             "all": f"{row['all_tests']:,.0f}", "case": "" if row["a_case"] is None else f"{row['a_case']:,.0f}"}
            for row in summary["test_costs"]]  # fmt: skip
    tests = f"{_n(summary['tests'])} results, {_n(summary['low_tests'])} of them low."
    return f"<p>{tests}</p>" + _table(
        rows, name="Price", price="A test", all="All tests", case="A patient found low", source="Source"
    )


def _worklist(rows: Rows) -> str:
    head = ["", "Patient", "Urgency", "Level", "Grade", "Newest mmol/L", "Gaps", "Causes", "Never tested because of"]
    made = []
    for row in rows:
        tier = escape(row["urgency_tier"])
        made.append("<tr>" + "".join([
            f'<td class="n">{row["rank"]}</td>', _cell(str(row["patient"])),
            f'<td><span class="tier {tier}">{_words(tier)}</span></td>',
            _cell(_words(row["status"])), _cell(row["ctcae_grade"]), _cell(row["last_mmol_l"]),
            *(_cell(_words(row[c] or "")) for c in ("gaps", "causes", "never_tested_reason")),
        ]) + "</tr>")  # fmt: skip
    titles = "".join(f"<th>{title}</th>" for title in head)
    return f'<div class="scroll"><table><thead><tr>{titles}</tr></thead><tbody>{"".join(made)}</tbody></table></div>'


def _words(ids: str) -> str:
    return ids.replace(";", ", ").replace("_", " ")


def _foot(summary: dict[str, Any]) -> str:
    version = summary["version"]
    pieces = summary["pieces"]
    return (
        f"<footer><p>Input: {_n(pieces['received'])} pieces, {_n(pieces['lifted'])} used, "
        f"{_n(pieces['rejected'])} rejected, {_n(sum(pieces['ignored'].values()))} of no concern; "
        f"{_n(summary['repeats'])} exact repeats collapsed. rejects.csv lists what was left out and why. This page "
        "names patients: keep it where their record is kept. Pass on counts.csv instead, which leaves out fewer than "
        f"{summary['smallest_cell']} patients, as do causes, months, wards and risk groups here. "
        f"hypomag {escape(version['program'])}, knowledge {escape(version['knowledge'])}.</p></footer>"
    )
