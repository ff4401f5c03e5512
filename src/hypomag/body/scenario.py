"""A scenario: who, what they eat, what ails them, what they are given, until when. A small TOML or the same as a dict.

until = "14 d"
[person]                  # all optional: weight, height, age, sex, egfr, albumin, pregnant, serum, serum_by ...
weight = 70
[diet]
magnesium = "300 mg/d"
[[causes]]
cause = "ppi + diarrhoea:2L"
start = "0 d"             # or "always": the body is at rest with it
stop = "7 d"
[[doses]]
dose = "magnesium sulfate 4 g IV over 20 min then 1 g/h for 24 h"
at = "2 h"
[[events]]                # or the event table itself
time = 48.0
amt = 8.0
rate = 4.0
cmt = "central"
"""

from dataclasses import dataclass

import numpy as np

from hypomag.body.amounts import hours, mmol_per_hour
from hypomag.body.causes import ALWAYS, Cause, read_causes
from hypomag.body.course import Course
from hypomag.body.doses import event_rows, read_dose
from hypomag.body.known import Mistake
from hypomag.body.people import People, person, virtual
from hypomag.body.simulate import simulate

KEYS = {"title", "until", "person", "diet", "causes", "doses", "events", "measure"}


@dataclass
class Scenario:
    """Everything `simulate` needs, checked."""

    people: People
    doses: list[dict]
    causes: list[Cause]
    until: float

    def run(self, at: np.ndarray | None = None, people: People | None = None, **more: object) -> Course:
        return simulate(people or self.people, self.doses, self.until, self.causes, at, **more)  # type: ignore[arg-type]

    def untouched(self) -> "Scenario":
        """The same person without causes and doses: what 'everything stays at baseline' means."""
        return Scenario(self.people, [], [], self.until)

    def crowd(self, n: int, seed: int = 1) -> People:
        return virtual(n, seed, self.people)


def read(given: dict, where: str = "scenario") -> Scenario:
    """The scenario of a dict; a Mistake names the path of what cannot be run."""
    if unknown := set(given) - KEYS:
        raise Mistake(f"{where}.{sorted(unknown)[0]} is not known; a scenario has {', '.join(sorted(KEYS))}.")
    if "until" not in given:
        raise Mistake(f'{where}.until is missing; write for example until = "14 d".')
    known = dict(table(given, "person", where))
    diet = table(given, "diet", where)
    if unknown := set(diet) - {"magnesium"}:
        raise Mistake(f"{where}.diet.{sorted(unknown)[0]} is not known; a diet has magnesium.")
    if "magnesium" in diet:
        known["diet"] = mmol_per_hour(diet["magnesium"], f"{where}.diet.magnesium")
    until = hours(given["until"], f"{where}.until")
    if until <= 0:
        raise Mistake(f"{where}.until is {until:g} h; it lies after hour 0.")
    causes = [
        c for i, row in enumerate(rows(given, "causes", where)) for c in read_cause_row(row, f"{where}.causes[{i}]")
    ]
    refuse_overlap(causes, where)
    doses = [r for i, row in enumerate(rows(given, "doses", where)) for r in read_dose_row(row, f"{where}.doses[{i}]")]
    doses += event_rows(rows(given, "events", where), f"{where}.events")
    late = [r for r in doses if float(r["time"]) >= until]
    if late:
        raise Mistake(f"{where}: a dose starts at {late[0]['time']:g} h, but the run ends at {until:g} h.")
    return Scenario(person(**known), doses, causes, until)


def table(given: dict, key: str, where: str) -> dict:
    value = given.get(key, {})
    if not isinstance(value, dict):
        raise Mistake(f"{where}.{key} is not a table; write [{key}] and its lines below.")
    return value


def rows(given: dict, key: str, where: str) -> list[dict]:
    value = given.get(key, [])
    if not isinstance(value, list) or any(not isinstance(row, dict) for row in value):
        raise Mistake(f"{where}.{key} is not a list of tables; write [[{key}]] for each.")
    return value


def read_cause_row(row: dict, where: str) -> list[Cause]:
    if unknown := set(row) - {"cause", "start", "stop"}:
        raise Mistake(f"{where}.{sorted(unknown)[0]} is not known; a cause has cause, start, stop.")
    if not isinstance(row.get("cause"), str):
        raise Mistake(f'{where}.cause is missing; write for example cause = "ppi".')
    start = ALWAYS if row.get("start") == "always" else hours(row.get("start", 0.0), f"{where}.start")
    stop = hours(row["stop"], f"{where}.stop") if "stop" in row else np.inf
    return read_causes(row["cause"], start, stop, where)


def read_dose_row(row: dict, where: str) -> list[dict]:
    if unknown := set(row) - {"dose", "at"}:
        raise Mistake(f"{where}.{sorted(unknown)[0]} is not known; a dose has dose and at.")
    if not isinstance(row.get("dose"), str):
        raise Mistake(f'{where}.dose is missing; write for example dose = "magnesium sulfate 2 g IV over 2 h".')
    at = hours(row.get("at", 0.0), f"{where}.at")
    if at < 0:
        raise Mistake(f"{where}.at is {at:g} h; doses are given at hour 0 or later.")
    return event_rows(read_dose(row["dose"], at, where), where)


def refuse_overlap(causes: list[Cause], where: str) -> None:
    """The same cause twice at the same time is a slip of the pen, not a double strength."""
    for i, a in enumerate(causes):
        for b in causes[i + 1 :]:
            if a.name == b.name and a.start < b.stop and b.start < a.stop:
                raise Mistake(
                    f"{where}.causes: '{a.name}' runs twice at the same time; end one before the other starts."
                )
