"""From a record and its answer to what the body needs: who, levels, doses, which step fails, range. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypomag import knowledge
from hypomag.assess import assess, relations
from hypomag.body.course import SERUM_UNITS
from hypomag.body.known import body, forecasting
from hypomag.body.past import Lab
from hypomag.forecast.given import doses_given
from hypomag.knowledge.sentences import sentences
from hypomag.record import Record, Refused, seal

HOUR, SCALE, DAY = 3600, 10_000, 24
WANTED = ("measured", "magnesium_reading", "magnesium_given", "weight", "age", "egfr", "present", "deciding")


@dataclass
class Patient:
    """One patient at hour 0 as the body takes them; times in hours from then, levels in mmol/L."""

    known: dict[str, Any]
    first: Lab
    labs: list[Lab]
    doses: list[dict[str, Any]]
    ways: dict[str, float]
    low: float
    high: float
    unit: str
    setting: str
    unsure_kidney: bool
    egfr: float | None
    answer: dict[str, Any]
    cause: str | None
    assumed: list[str] = field(default_factory=list)

    @property
    def levels(self) -> list[Lab]:
        return [lab for lab in [self.first, *self.labs] if lab.what == "magnesium"]


def patient(
    record: Record, as_of: int | None = None, setting: str | None = None, answer: dict | None = None, **asked: Any
) -> Patient:
    """What can be said of the patient of a record. Raises Refused where no forecast can be made, in a sentence."""
    record = seal(record)
    answer = answer or assess(record, as_of=as_of, **asked)
    rows = relations(record, WANTED, as_of)
    said, assumed = sentences()["forecast"], []
    moment = _moment(answer["as_of"])
    adult = _adult_from()
    if not rows["age"]:
        raise Refused(said["no_age"])
    age = rows["age"][0]["years"]
    if age < adult:
        raise Refused(said["too_young"].format(years=adult))
    labs = _magnesium(rows["magnesium_reading"], moment, said)
    if any(flag["flag"] == "haemolysed" for flag in answer["level"]["flags"]):
        assumed.append(said["assumed"]["haemolysed"])
    first = labs.pop(0)
    labs += _others(rows["measured"], moment, first.hour)
    known: dict[str, Any] = {"age": age, **_person(record, rows, said, assumed)}
    guards = {g["guard"]: g["state"] for g in answer["treatment"]["guards"]}
    unsure = "egfr" in known and guards.get("kidney_injury") != "clear"
    if unsure:
        assumed.append(said["assumed"]["kidney_unsure"])
    if any(row["concept"] in DIALYSIS for row in rows["present"]):
        assumed.append(said["assumed"]["dialysis"])
    if len(labs) == len([lab for lab in labs if lab.what != "magnesium"]):
        assumed.append(said["assumed"]["one_level"])
    doses = doses_given(record, rows["magnesium_given"], moment, first.hour, said["assumed"], assumed)
    low, high, unit = _range(answer["level"]["range"])
    return Patient(
        known, first, labs, doses, _ways(answer, said, assumed), low, high, unit, setting or _setting(record, moment),
        unsure, known.get("egfr"), answer, _lead(answer), [*assumed, said["assumed"]["lasting"]],
    )  # fmt: skip


DIALYSIS = ("dialysis", "hemodialysis", "peritoneal_dialysis", "continuous_kidney_replacement")


def _moment(iso: str) -> int:
    from datetime import datetime

    return int(datetime.fromisoformat(iso.replace("Z", "+00:00")).timestamp())


def _adult_from() -> int:
    return int(next(row["value"] for row in knowledge.load().limits_rows if row["name"] == "adult_from"))


def _magnesium(readings: list[dict], moment: int, said: Any) -> list[Lab]:
    """Serum levels that can be read, oldest first, one an hour; those older than the model looks back are left out."""
    usable = [row for row in readings if row["why_not"] is None and row["canonical"] and row["t"] <= moment]
    if not usable:
        raise Refused(said["no_level"])
    back = forecasting()["horizon"]["back"]["value"]
    labs = {
        hour: Lab(hour, "magnesium", row["canonical"] / SCALE, row["comparator"] in ("<", "<="))
        for row in sorted(usable, key=lambda row: (row["t"], -row["canonical"], row["row"]))
        for hour in [round((row["t"] - moment) / HOUR, 2)]
        if hour >= -back and row["comparator"] not in (">", ">=")
    }
    if not labs:
        newest = max(row["t"] for row in usable)
        raise Refused(said["too_old"].format(days=(moment - newest) // (DAY * HOUR)))
    return list(labs.values())


def _others(measured: list[dict], moment: int, since: float) -> list[Lab]:
    """Potassium, calcium and a day's urine magnesium from the first level on: what else weighs the draws."""
    units = knowledge.load().tables["units"].dicts()
    per_mmol = next(u["to_canonical"] for u in units if u["analyte"] == "calcium" and u["unit"] == "mmol/L") / SCALE
    takes = {
        "potassium": ("potassium", 1.0),
        "calcium": ("calcium", 1 / per_mmol),
        "magnesium_urine_24h": ("urine", 1.0),
    }
    labs = []
    for row in sorted(measured, key=lambda row: (row["t"] or 0, row["row"])):
        if row["why_not"] is None and row["analyte"] in takes and row["comparator"] in ("", "<", "<="):
            what, factor = takes[row["analyte"]]
            hour = round((row["t"] - moment) / HOUR, 2)
            if since <= hour <= 0 and (row["canonical"] > 0 or what == "urine"):
                labs.append(Lab(hour, what, row["canonical"] * factor / SCALE, row["comparator"] != ""))
    return labs


def _person(record: Record, rows: dict[str, list[dict]], said: Any, assumed: list[str]) -> dict[str, Any]:
    who, known = record.tables["patients"][0], {}
    if rows["weight"]:
        known["weight"] = rows["weight"][0]["kilograms"] / SCALE
    else:
        assumed.append(said["assumed"]["weight"])
    if rows["egfr"]:
        known["egfr"] = rows["egfr"][0]["egfr"] / SCALE
    else:
        assumed.append(said["assumed"]["egfr"])
    if who["sex"] in ("female", "male"):
        known["sex"] = who["sex"]
    else:
        assumed.append(said["assumed"]["sex"])
    if who["pregnant"] == 1:
        known["pregnant"] = True
    newest = {
        row["analyte"]: row["canonical"]
        for row in sorted(rows["measured"], key=lambda r: r["t"] or 0)
        if row["why_not"] is None
    }
    if newest.get("albumin"):
        known["albumin"] = newest["albumin"] / SCALE * 10  # g/dL to g/L
    if newest.get("height"):
        known["height"] = newest["height"] / SCALE
    return known


def _range(r: dict | None) -> tuple[float, float, str]:
    """The range in force in mmol/L; an end that nobody printed is the body's reference band."""
    band = body()["person"]["reference_band"]
    if not r or r.get("unit") not in SERUM_UNITS:
        return band["low"], band["high"], "mmol/L"
    factor = SERUM_UNITS[r["unit"]]
    low, high = (r[end] / factor if r[end] is not None else band[end] for end in ("low", "high"))
    return low, high, r["unit"]


def _ways(answer: dict, said: Any, assumed: list[str]) -> dict[str, float]:
    """The chance of each failing step; where the level is not low, the usual mix of reasons."""
    found = {row["step"]: row["probability"] for row in answer["steps"] if row["probability"] is not None}
    if sum(found.values()) > 0:
        return found | {"other": max(0.02, 1 - sum(found.values()))}
    assumed.append(said["assumed"]["no_ways"])
    steps = knowledge.load().tables["steps"].dicts()
    return {row["step"]: max(row["leak"], 500) / SCALE for row in steps}


def _lead(answer: dict) -> str | None:
    return answer["causes"][0]["cause"] if answer["causes"] else None


def _setting(record: Record, moment: int) -> str:
    """'icu' where an encounter that is open now says so."""
    for row in record.tables["encounters"]:
        words = f"{row['class']} {row['ward']}".lower()
        is_open = (row["start"] is None or row["start"] <= moment) and (row["until"] is None or row["until"] >= moment)
        if is_open and ("intensive" in words or "icu" in words.split()):
            return "icu"
    return "ward"
