"""The teacher's routes: a year of one body. Everything stands in the address, for it is nobody's record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from hypomag.body.known import Mistake, body, causes
from hypomag.serve.page import teacher, units
from hypomag.serve.page.html import HEADERS, page
from hypomag.serve.page.teacher import Lesson
from hypomag.write import charts

router = APIRouter(include_in_schema=False)
DAYS = (0, 1, 2, 7, 14, 30, 60, 90, 120, 180, 210, 240, 270, 300, 330, 365)  # rows of the tables
CHOSEN = ("cause", "level", "egfr", "stop", "dose_a", "dose_b", "unit")


@router.get("/teacher")
def lesson(request: Request) -> HTMLResponse:
    """The page of a lesson: run where there is one to run, with the reason where there is not."""
    asked = request.query_params
    shown = _form(asked)
    try:
        of = teacher.lesson(asked)
        return page("teacher.html", **shown, **_ran(of, asked, shown["choice"]), lesson=of, refusal=None)
    except Mistake as mistake:
        return page("teacher.html", 422, **shown, lesson=_typed(asked), refusal=str(mistake), charts=None)


@router.get("/teacher/picture")
def picture(request: Request) -> HTMLResponse:
    """The picture of one day, to be put into the page."""
    asked = request.query_params
    try:
        of = teacher.lesson(asked)
        drawn = _drawn(teacher.course(of), _unit(asked), _day(asked), of)
        return page("body.html", **drawn)
    except Mistake as mistake:
        return HTMLResponse(f"{mistake}\n", 422, headers=HEADERS | {"Content-Type": "text/plain"})


@router.get("/teacher/course.csv")
def courses(request: Request) -> Response:
    try:
        text = teacher.csv_text(teacher.arms(teacher.lesson(request.query_params)))
    except Mistake as mistake:
        return Response(f"{mistake}\n", 422, HEADERS, media_type="text/plain")
    return Response(
        text, 200, HEADERS | {"Content-Disposition": 'attachment; filename="course.csv"'}, media_type="text/csv"
    )


def _form(asked: Mapping[str, str]) -> dict[str, Any]:
    return {
        "view": "teacher",
        "choice": _unit(asked),
        "cause_list": sorted(((name, _called(name)) for name in causes()), key=lambda row: row[1].lower()),
        "published": teacher.published_doses(),
        "takes": _takes(asked.get("cause") or teacher.FIRST),
        "query": urlencode([(name, value) for name, value in asked.items() if name in CHOSEN]),
        "fields": [(name, value) for name, value in asked.items() if name in CHOSEN],
    }


def _typed(asked: Mapping[str, str]) -> Lesson:
    """What was typed, to be mended, as far as it can be shown again."""
    doses = tuple(asked.get(key, "") for key in ("dose_a", "dose_b"))
    return Lesson(asked.get("cause", ""), asked.get("level", ""), teacher.MIDDLE, doses)


def _called(name: str) -> str:
    from hypomag import knowledge

    names = {row["cause"]: row["name"] for row in knowledge.load().tables["causes"].dicts()}
    return str(names.get(name, name.replace("_", " "))).partition(" (")[0]


def _takes(name: str) -> str:
    """What may follow the cause: a named strength, or a number in its unit."""
    row = causes().get(name, {})
    words = list(row.get("levels", {}))
    if "argument" in row:
        about = row["argument"]
        words.append(f"{about['low']:g} to {about['high']:g} {about['unit']}")
    return " or ".join(words) or "this cause has one strength"


def _unit(asked: Mapping[str, str]) -> str:
    unit = asked.get("unit", "mmol/L")
    return unit if unit in units.CHOICES else "mmol/L"


def _day(asked: Mapping[str, str]) -> int:
    text = asked.get("day", "")
    return min(teacher.YEAR, int(text)) if text.isdecimal() and len(text) < 5 else 30


def _drawn(course: Any, unit: str, day: int, of: Lesson) -> dict[str, Any]:
    serum = units.number(round(units.magnesium(float(course.at("serum", day * teacher.DAY)[0]), unit), 2))
    return {
        "body": teacher.frame(course, unit, day),
        "caption": f"Day {day}: serum {serum} {unit}. Pale: the healthy body of day 0.",
        "egfr": of.egfr,
        "egfr_unknown": "usual eGFR",
        "step": None,
    }


def _ran(of: Lesson, asked: Mapping[str, str], unit: str) -> dict[str, Any]:
    found, day = teacher.arms(of), _day(asked)
    untreated = found[teacher.UNTREATED]
    band = {side: units.magnesium(body()["person"]["reference_band"][side], unit) for side in ("low", "high")}
    serum, pools = teacher.serum_rows(found, unit), teacher.pool_rows(untreated)
    return {
        **_drawn(untreated, unit, day, of),
        "day": day,
        "charts": {
            "serum": json.dumps(charts.arms(serum, band, unit).to_dict(validate=False)),
            "pools": json.dumps(charts.pools(pools).to_dict(validate=False)),
        },
        "table": _table(serum, pools),
        "changed": teacher.changed(of),
        "cause": causes()[of.cause],
        "equations": teacher.equations(),
        "parameters": body()["parameters"],
    }


def _table(serum: list[dict[str, Any]], pools: list[dict[str, Any]]) -> dict[str, Any]:
    """The same as the charts, on some days."""
    by_arm = {(row["arm"], row["day"]): row["serum"] for row in serum}
    by_pool = {(row["pool"], row["day"]): row["share"] for row in pools}
    arms, names = (list(dict.fromkeys(key for key, _ in of)) for of in (by_arm, by_pool))
    rows = [
        {"day": day, "serum": [by_arm[arm, day] for arm in arms], "shares": [by_pool[pool, day] for pool in names]}
        for day in DAYS
    ]
    return {"arms": arms, "pools": names, "rows": rows}
