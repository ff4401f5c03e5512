"""What the clinician's page shows of an answer: the answer itself, the pictures of it, and the figures in one unit."""

from __future__ import annotations

from typing import Any

from hypomag.record import Record
from hypomag.serve.page import fan, number_line, person, picture, units
from hypomag.write import text

Answer = dict[str, Any]
TESTS = 3
CAUSES = 3
TONES = {"emergency": "bad", "same_day": "bad", "days": "warn", "cannot_tell": "warn"}
STATES = {"blocks": "met", "clear": "not met", "not_assessed": "unknown"}


def shown(answer: Answer, record: Record, choice: str | None) -> dict[str, Any]:
    """The names of clinician.html. choice: the unit asked for; without one, that of the deciding result."""
    unit = choice or default_unit(answer)
    step = leading_step(answer)
    known = person.facts(answer, record.tables["patients"][0]["sex"])
    low = answer["level"]["status"] == "low"
    serum = answer["level"]["value_mmol_l"] if low else None
    now, usual = person.at_rest(known, serum, step), person.usual(known)
    return {
        "answer": answer,
        "choice": unit,
        "tone": tone(answer),
        "level": level(answer, unit),
        "line": number_line.of_answer(answer, unit),
        "body": picture.draw(now, usual, unit, step if low else None),
        "body_known": known,
        "step": step,
        "companions": [companion(row, unit) for row in answer["companions"]],
        "tests": [test for test in answer["tests"] if test["worth"]][:TESTS],
        "causes": answer["causes"][:CAUSES],
        "more_causes": answer["causes"][CAUSES:],
        "strip": strip(answer, unit),
        "follow_up": follow_up(answer),
        "missing": missing(answer),
        "unreadable": text.unreadable(answer),
        "slide": fan.bounds(answer),
        "note": text.write(answer),
    }


def tone(answer: Answer) -> str:
    return TONES.get(answer["urgency"]["tier"], "good")


def default_unit(answer: Answer) -> str:
    said = {"meq/L": "mEq/L"}.get(answer["level"]["unit"], answer["level"]["unit"])
    return said if said in units.CHOICES else "mmol/L"


def leading_step(answer: Answer) -> str | None:
    """The step that most probably fails."""
    steps = [step for step in answer["steps"] if step["probability"]]
    return max(steps, key=lambda step: step["probability"])["step"] if steps else None


def level(answer: Answer, unit: str) -> dict[str, Any]:
    """The deciding value and the range in force, in the page's unit, and as it was written where that differs."""
    of = answer["level"]
    value = units.convert("magnesium", of["value"], of["unit"], unit)
    r = of["range"] or {}
    limits = [units.convert("magnesium", r.get(side), r.get("unit"), unit) for side in ("low", "high")]
    same = units.unit_of("magnesium", of["unit"], unit) == of["unit"]
    return {
        "value": None if value is None else (of["comparator"] or "") + units.number(value),
        "as_written": None if same and value is not None else of["as_written"],
        "low": None if limits[0] is None else units.number(limits[0]),
        "high": None if limits[1] is None else units.number(limits[1]),
        "by": r.get("profile"),
        "sources": sorted(
            {key for row in answer["trail"] if row["rule"] == "level" for key in row["source"].split(";")}
        ),
        "others": [o for o in of["other_profiles"] if o["status"] != of["status"]],
    }


def companion(row: dict[str, Any], unit: str) -> dict[str, Any]:
    analyte, its = row["analyte"], row["unit"]
    to = units.unit_of(analyte, its, unit)
    limits = [units.convert(analyte, row["range"][side], its, unit) for side in ("low", "high")]
    return row | {
        "shown": units.number(units.convert(analyte, row["value"], its, unit)),
        "shown_unit": units.written(to),
        "limits": [None if x is None else units.number(x) for x in limits],
    }


def strip(answer: Answer, unit: str) -> list[dict[str, Any]]:
    """What must be looked at before magnesium is given: met, not met or unknown, with its value and how old that is."""
    return [
        guard | {"word": STATES[guard["state"]]} | _value(guard, answer, unit)
        for guard in answer["treatment"]["guards"]
    ]


def _value(guard: dict[str, Any], answer: Answer, unit: str) -> dict[str, Any]:
    if isinstance(guard["value"], str):  # the words of the record
        return {"shown": guard["value"], "shown_unit": ""}
    of = answer["level"]
    is_level = (guard["value"], guard["unit"]) == (of["value"], of["unit"])
    analyte = "magnesium" if is_level else guard["guard"]
    value = units.convert(analyte, guard["value"], guard["unit"], unit)
    return {
        "shown": None if value is None else units.number(value),
        "shown_unit": {"a": "years"}.get(guard["unit"], units.written(units.unit_of(analyte, guard["unit"], unit))),
    }


def follow_up(answer: Answer) -> dict[str, list[dict[str, Any]]]:
    """What is measured, in the order of its time; what is looked at before a dose; what stops or ends it.

    Analytes that are measured at one time for one reason stand in one row, their facts and sources together.
    """
    found: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {}
    for row in answer["follow_up"]:
        when = (row["from_hours"], row["to_hours"], row["every_hours"], row["because"], row["standing"])
        one = found.setdefault(row["kind"], {}).setdefault(when, row | {"whats": [], "evidence": [], "sources": []})
        one["whats"] += [row["what"]] if row["what"] and row["what"] not in one["whats"] else []
        for key in ("evidence", "sources"):
            one[key] += [part for part in row[key] if part not in one[key]]
    return {kind: list(rows.values()) for kind, rows in found.items()}


def missing(answer: Answer) -> dict[str, list[str]]:
    """What is not known, by what it would decide."""
    found: dict[str, list[str]] = {}
    for row in answer["missing"]:
        found.setdefault(row["decides"], []).append(row["what"])
    return found
