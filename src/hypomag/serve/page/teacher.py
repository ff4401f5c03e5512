"""Break an organ: one body with one cause for a year, with and without treatment. Nobody's record: addresses may hold it."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import numpy as np

from hypomag.body.course import Course
from hypomag.body.known import Mistake, body, causes
from hypomag.body.scenario import read
from hypomag.serve.page import person, picture, units
from hypomag.serve.page.person import DAY, POOLS, Rest

YEAR = 365
MIDDLE = 180  # day on which something is done about it, where nobody says
BEGINS = 1  # day on which the cause begins; before it the body is healthy
FIRST_HOURS = (6, 12, 36)  # after it begins, where most happens
FIRST = "gitelman"  # the lesson shown where none is asked for
UNTREATED = "untreated"
STOPPED = "cause stopped"
SHOWN = {"plasma": ("central",), "bone": ("exchangeable", "crystal"), "cells": ("fast", "slow")}
COLUMNS = (
    "serum", "central", "fast", "exchangeable", "slow", "crystal", "eat", "absorb", "excrete", "secrete", "urine",
    "faeces", "elsewhere", "fe_magnesium", "calcium", "pth", "plasma_potassium",
)  # fmt: skip


@dataclass(frozen=True)
class Lesson:
    """What is broken and what is given: a cause as `hypomag simulate` takes it, days, doses in words."""

    cause: str = FIRST
    level: str = ""
    stop: int = MIDDLE
    doses: tuple[str, ...] = ()
    egfr: float | None = None

    @property
    def words(self) -> str:
        return f"{self.cause}:{self.level}" if self.level else self.cause


def lesson(asked: Mapping[str, str]) -> Lesson:
    """From the fields of the page. Raises Mistake, with a sentence, for what is none."""
    cause = asked.get("cause", "").strip() or FIRST
    if cause not in causes():
        raise Mistake(f"'{cause[:40]}' is not a cause the body knows: choose one of the list.")
    stop, egfr = (_number(asked.get(key, ""), name) for key, name in (("stop", "the day"), ("egfr", "eGFR")))
    doses = tuple(text for key in ("dose_a", "dose_b") if (text := asked.get(key, "").strip()))
    level = asked.get("level", "").strip()
    return Lesson(cause, level, int(stop) if stop and 0 < stop < YEAR else MIDDLE, doses, egfr)


def _number(text: str, name: str) -> float | None:
    try:
        return float(text) if text.strip() else None
    except ValueError:
        raise Mistake(f"{name} must be a number, such as 30.") from None


def arms(of: Lesson) -> dict[str, Course]:
    """The courses: untreated, cause stopped on its day, and each treatment from that day on."""
    found = {UNTREATED: course(of), STOPPED: course(of, stopped=True)}
    return found | {dose: course(of, dose=dose) for dose in of.doses}


@lru_cache(maxsize=64)
def course(of: Lesson, dose: str = "", stopped: bool = False) -> Course:
    """One year. The body is healthy at hour 0 and the cause begins a day later."""
    acts = {"cause": of.words, "start": f"{BEGINS} d"} | ({"stop": f"{of.stop} d"} if stopped else {})
    given: dict[str, Any] = {"until": f"{YEAR} d", "causes": [acts]}
    given |= {"person": {"egfr": of.egfr}} if of.egfr else {}
    given |= {"doses": [{"dose": dose, "at": f"{of.stop} d"}]} if dose else {}
    return read(given, "lesson").run(
        at=np.unique(
            np.array([*(BEGINS * DAY + hour for hour in FIRST_HOURS), *(day * DAY for day in range(YEAR + 1))], float)
        )
    )


def frame(of: Course, choice: str, day: float) -> dict[str, Any]:
    """The picture of the body on a day, against the healthy body of hour 0."""
    return picture.draw(moment(of, day), moment(of, 0), choice, None)


def moment(of: Course, day: float) -> Rest:
    def seen(name: str) -> float:
        return float(of.at(name, day * DAY)[0])

    return Rest(person.flows_of(seen), {name: seen(name) for name in POOLS}, seen("serum"), None)


def serum_rows(found: dict[str, Course], choice: str) -> list[dict[str, Any]]:
    return [
        {"arm": arm, "day": float(hour / DAY), "serum": float(units.magnesium(value, choice))}
        for arm, of in found.items()
        for hour, value in zip(of.hours, of["serum"][:, 0], strict=True)
    ]


def pool_rows(of: Course) -> list[dict[str, Any]]:
    """Each pool in percent of what it held before."""
    rows = []
    for name, parts in SHOWN.items():
        held = np.sum([of[part][:, 0] for part in parts], axis=0)
        rows += [
            {"pool": name, "day": float(hour / DAY), "share": float(100 * value / held[0])}
            for hour, value in zip(of.hours, held, strict=True)
        ]
    return rows


def changed(of: Lesson) -> list[dict[str, Any]]:
    """The parameters that the cause moves: what they mean, what they are usually, and what moves them."""
    row, known = causes()[of.cause], body()["parameters"]
    effects = row.get("levels", {}).get(of.level) or row["effects"]
    found = []
    for effect in effects:
        way = next(way for way in ("times", "adds", "sets") if way in effect)
        parameter = known.get(effect["parameter"], {})
        found.append(
            {
                "parameter": effect["parameter"],
                "meaning": parameter.get("meaning", "kidney function of the person"),
                "usual": parameter.get("value"),
                "unit": parameter.get("unit", ""),
                "way": way,
                "by": effect[way],
                "per": effect.get("per"),
            }
        )
    return found


@cache
def equations() -> str:
    return (files("hypomag") / "body" / "body.ant").read_text("utf-8")


@cache
def published_doses() -> list[str]:
    """Doses of published experiments, as suggestions."""
    found: dict[str, None] = {}
    for file in sorted((files("hypomag") / "cases" / "body").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            for row in _doses(tomllib.loads(file.read_text("utf-8"))):
                found[row] = None
    return list(found)


def _doses(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["dose"]] if isinstance(part.get("dose"), str) else []
        return own + [dose for value in part.values() for dose in _doses(value)]
    return [dose for one in part for dose in _doses(one)] if isinstance(part, list) else []


def csv_text(found: dict[str, Course]) -> str:
    """Every arm and every output hour: pools in mmol, flows in mmol an hour, serum in mmol/L."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(["arm", "hour", *COLUMNS])
    for arm, of in found.items():
        values = [of[name][:, 0] for name in COLUMNS]
        for i, hour in enumerate(of.hours):
            lines.writerow([arm, f"{hour:g}", *(f"{column[i]:.6g}" for column in values)])
    return out.getvalue()
