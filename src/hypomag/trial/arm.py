"""A protocol as a trial follows it: a trial's own TOML, or the CSV file that `assess --protocol` takes, as it is.

The CSV is for patients: it leaves open when a ward draws levels, and it speaks of what virtual people do not have
(diseases, symptoms). What is open is filled from knowledge/body/forecast.toml, and what is not tried is told with every
result as an assumption; a band that cannot be followed at all is refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypomag.body import protocol as body
from hypomag.body.course import SERUM_UNITS
from hypomag.body.known import Mistake, forecasting, salts
from hypomag.knowledge.sentences import sentences
from hypomag.knowledge.values import SCALE
from hypomag.protocol import Protocol, Row, own

HOUR = 3600
UNTRIED = ("exclude_creatinine_above_mg_dl", "exclude_weight_below_kg", "day_max_g", "course_max_g")


def arm(name: str | Path) -> body.Protocol:
    """The protocol of a file (.csv or .toml) or of a supplied name. Raises Mistake with the place of a fault."""
    if not str(name).endswith(".csv"):
        return body.read_protocol(body.find(str(name), "protocols"))
    try:
        return body.protocol(as_trial(own(Path(name))), Path(name).name)
    except Mistake:
        raise
    except ValueError as fault:
        raise Mistake(str(fault)) from None


def as_trial(protocol: Protocol) -> dict[str, Any]:
    """What a trial's TOML of a hospital's file would hold. Raises Mistake for a band that has no levels."""
    about, said = rounds(), sentences()["trial"]["arm"]
    rows = sorted((row for row in protocol.bands if not row["cardiac_only"]), key=lambda row: row["band"])
    none_below = max(about["none_below"], *((_number(row, "exclude_egfr_below") or 0.0) for row in protocol.bands))
    assumed = [said["rounds"].format(every=f"{about['every']:g}", delay=f"{about['delay']:g}", egfr=f"{none_below:g}")]
    if any(row["grams_low"] != row["grams"] or row["mmol_day_low"] != row["mmol_day"] for row in rows):
        assumed.append(said["larger"])
    if any(row["or_symptoms"] for row in rows):
        assumed.append(said["no_symptoms"])
    if len(rows) < len(protocol.bands):
        assumed.append(said["no_heart"])
    if protocol.excludes:
        assumed.append(said["nobody_left_out"].format(concepts=", ".join(protocol.excludes).replace("_", " ")))
    if untried := [column for column in UNTRIED if any(row[column] is not None for row in protocol.bands)]:
        assumed.append(said["untried"].format(columns=", ".join(untried)))
    where = protocol.file or protocol.key
    return {
        "name": protocol.name,
        "source": protocol.source,
        "every": about["every"],
        "delay": about["delay"],
        "bands": [_band(row, none_below, f"{where}, band {row['band']}") for row in rows],
        "assumed": assumed,
    }


def rounds() -> dict[str, float]:
    """What a protocol leaves open: hours between rounds and from the sample to the dose, doses a day by mouth ..."""
    return {name: float(row["value"]) for name, row in forecasting()["rounds"].items()}


def _band(row: Row, none_below: float, where: str) -> Row:
    """A row as a band. The next level is drawn at the first round after the last dose, or after recheck_hours."""
    about, asked = rounds(), (row["recheck_hours"] or 0) / HOUR
    if row["route"] == "po":
        recheck = _round(max(asked, about["every"]))
        dose = _by_mouth(row, recheck)
    else:
        dose, lasts = _by_needle(row)
        recheck = _round(max(asked, about["delay"] + lasts))
    kidney = _told(row, egfr_below="renal_egfr_below", factor="renal_factor") | {"none_below": none_below}
    weight = _told(row, weight_from="weight_from_kg", weight_below="weight_below_kg")
    return {**_levels(row, where), "dose": dose, "recheck": recheck, "kidney": kidney, **weight}


def _levels(row: Row, where: str) -> Row:
    """From and below in mmol/L. A value at which a band still holds is the last one inside it."""
    per = 1.0 if row["from_mg_dl"] is None and row["below_mg_dl"] is None else SERUM_UNITS["mg/dL"]
    low = _number(row, "from_mmol_l" if per == 1.0 else "from_mg_dl")
    high = _number(row, "below_mmol_l" if per == 1.0 else "below_mg_dl")
    if high is None and row["at_most_mmol_l"] is not None:
        high = (row["at_most_mmol_l"] + 1) / SCALE
    if high is None:
        raise Mistake(f"{where}: has no upper level; a trial needs below_mmol_l, at_most_mmol_l or below_mg_dl.")
    return {"from": (low or 0.0) / per, "below": high / per}


def _by_mouth(row: Row, until: float) -> str:
    """The doses of a day, day by day until the next level."""
    a_day = row["doses"] or round(rounds()["by_mouth_a_day"])
    known = salts().get(row["salt"] or "")
    salt = known["words"].split("|")[0] if known else "magnesium"
    return _repeated(f"{row['mmol_day'] / SCALE / a_day!r} mmol {salt} by mouth", round(until * a_day / 24), 24 / a_day)


def _by_needle(row: Row) -> tuple[str, float]:
    """The doses of one order by vein or into the muscle, and the hours from the first to the end of the last."""
    doses, apart = row["doses"] or 1, (row["interval_hours"] or 0) / HOUR
    grams, mmol = _number(row, "grams"), _number(row, "mmol_day")
    said = f"{mmol!r} mmol magnesium" if grams is None else f"magnesium sulfate {grams!r} g"
    if row["route"] == "im":
        return _repeated(f"{said} IM", doses, apart), (doses - 1) * apart
    runs = row["hours"] / HOUR if row["hours"] else _grams(row) / row["rate_g_per_h"] * SCALE
    return _repeated(f"{said} IV over {runs!r} h", doses, apart), (doses - 1) * apart + runs


def _grams(row: Row) -> float:
    """Grams of magnesium sulfate of one dose."""
    grams = _number(row, "grams")
    return grams if grams is not None else row["mmol_day"] / SCALE / float(salts()["sulfate"]["mmol_per_gram"])


def _repeated(dose: str, doses: int, apart: float) -> str:
    return dose if doses == 1 else f"{dose} every {apart!r} h for {doses} doses"


def _round(hours: float) -> float:
    """The first round at or after so many hours."""
    every = rounds()["every"]
    return -(-hours // every) * every


def _told(row: Row, **columns: str) -> Row:
    """The columns that the row fills, under the names of the TOML."""
    return {name: row[column] / SCALE for name, column in columns.items() if row[column] is not None}


def _number(row: Row, column: str) -> float | None:
    return None if row[column] is None else row[column] / SCALE
