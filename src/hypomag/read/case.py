"""A published case: the schema of a folder of case reports, read blind.

Read are `patient`, `conditions`, `medications`, `symptoms`, `vitals_ecg` and the `labs` rows of phase before
and index. Never read: the expected answer, the source, genetics, the extractor's notes, rows of phase course.
Day 0 (presentation) is 2001-01-01; a time in days stands at the noon of its day.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypomag.read import times, written
from hypomag.read.json_text import is_number
from hypomag.record import Record, Refused, WrongType

LIFETIME = 130 * 366  # days
DAY_0 = times.whole(2001, 1, 1)[0]
FIELDS = {"patient", "conditions", "medications", "symptoms", "vitals_ecg", "labs"}
SEX = {"M": "male", "F": "female"}
FLAG = {"low": "L", "high": "H", "normal": "N"}
VITALS = {  # field: what it is called for people, unit of the schema
    "qtc_ms": ("QTc", "ms"),
    "qt_ms": ("QT", "ms"),
    "sbp": ("systolic blood pressure", "mmHg"),
    "dbp": ("diastolic blood pressure", "mmHg"),
    "map": ("mean arterial pressure", "mmHg"),
    "hr": ("heart rate", "/min"),
}
BODY = {"weight_kg": ("weight", "kg"), "height_cm": ("height", "cm"), "bmi": ("body mass index", "kg/m2")}
PATIENT_FIELDS = {"age", "age_unit", "sex", "pregnant", "postpartum_days", "aggregate_of", *BODY}


def lift(case: dict[str, Any], file: str | None = None) -> Record:
    """The record of one published case. What has the wrong shape is rejected by path, the rest is read.

    Raises Refused where it holds none of the fields of a case.
    """
    if not FIELDS & case.keys():
        raise Refused(f"{file or 'case'}: holds none of {', '.join(sorted(FIELDS))}: it is no published case.")
    record = Record(as_of=DAY_0)
    who = case.get("id") if isinstance(case.get("id"), str) else "case"
    pieces: list[tuple[str, Any, Callable[..., None]]] = [("patient", case.get("patient"), _patient)]
    for field, piece in (("conditions", _condition), ("medications", _medication), ("symptoms", _symptom)):
        pieces += [(f"{field}[{n}]", item, piece) for n, item in enumerate(_rows(case, field, record, file))]
    pieces.append(("vitals_ecg", case.get("vitals_ecg"), _vitals))
    pieces += [(f"labs[{n}]", row, _lab) for n, row in enumerate(_rows(case, "labs", record, file))]
    for place, piece, lift_one in pieces:
        record.received += 1
        if lift_one is _lab and isinstance(piece, dict) and piece.get("phase") not in ("before", "index"):
            record.ignored["labs of another phase"] += 1
            continue
        try:
            lift_one(record, who, piece, {"source_ref": place, "file": file})
            record.lifted += 1
        except (Odd, WrongType, ValueError, OverflowError) as wrong:
            record.reject(place, str(wrong), file)
    return record


class Odd(ValueError):
    """A piece of the case that is not what the schema says."""


def _rows(case: dict[str, Any], field: str, record: Record, file: str | None) -> list[Any]:
    rows = case.get(field)
    if rows is not None and not isinstance(rows, list):
        record.received += 1
        record.reject(field, f"{field} must be a list", file)
        return []
    return rows or []


def _text(piece: Any, field: str) -> str | None:
    value = piece.get(field)
    if value is not None and not isinstance(value, str):
        raise Odd(f"{field} must be text")
    return value or None


def _number(piece: dict[str, Any], field: str) -> float | None:
    value = piece.get(field)
    if value is None:
        return None
    if not is_number(value):
        raise Odd(f"{field} must be a number")
    return float(value)


def _day(piece: dict[str, Any], field: str, sign: int = 1) -> dict[str, Any]:
    """start and its precision from a number of days after (sign -1: before) day 0."""
    days = _number(piece, field)
    if days is None:
        return {"start": None, "start_precision": None}
    if abs(days) > LIFETIME:
        raise Odd(f"{field} is more than a lifetime")
    return {"start": DAY_0 + sign * int(days * times.DAY), "start_precision": "day"}


def _object(piece: Any) -> dict[str, Any]:
    if not isinstance(piece, dict):
        raise Odd("must be an object")
    return piece


def _patient(record: Record, who: str, piece: Any, where: dict[str, Any]) -> None:
    piece = _object({} if piece is None else piece)
    age, unit = _number(piece, "age"), _text(piece, "age_unit")
    if age is not None and (unit not in ("years", "months") or age < 0):
        raise Odd("age must be a number of years or months, named by age_unit")
    birth, precision = times.born(int(age), unit, DAY_0) if age is not None and unit else (None, None)
    sex = _text(piece, "sex")
    if sex is not None and sex not in SEX:
        raise Odd("sex must be M, F or null")
    pregnant = piece.get("pregnant")
    if not (pregnant is None or isinstance(pregnant, bool)):
        raise Odd("pregnant must be true, false or null")
    since = _day(piece, "postpartum_days", -1)
    record.add(
        "patients", who, id=who, birth=birth, birth_precision=precision, sex=SEX.get(sex or ""),
        pregnant=None if pregnant is None else int(pregnant), **where,
    )  # fmt: skip
    for field, (name, kind) in BODY.items():
        _measured(record, who, piece, field, name, kind, where)
    if since["start"] is not None:
        record.add("conditions", who, text="postpartum", kind="condition", **since, **where)
    if piece.get("aggregate_of") is not None:
        record.reject("patient aggregate_of", "means of a group, not one patient", where["file"])
    for field in piece.keys() - PATIENT_FIELDS:
        record.reject(f"patient {field}", "not a field of the case schema", where["file"])


def _measured(
    record: Record, who: str, piece: dict[str, Any], field: str, name: str, unit: str, where: dict[str, Any]
) -> None:
    """One number of the patient at day 0 as an observation. One that is none is left out, the others stay."""
    try:
        value = _number(piece, field)
    except Odd as wrong:
        record.reject(f"{where['source_ref']} {field}", str(wrong), where["file"])
        return
    if value is not None:
        where = where | {"source_ref": f"{where['source_ref']}.{field}"}
        record.add(
            "observations", who, text=name, value=value, value_text=str(piece[field]), unit_text=unit,
            status="final", start=DAY_0, start_precision="day", **where,
        )  # fmt: skip


def _condition(record: Record, who: str, piece: Any, where: dict[str, Any]) -> None:
    text, code = _text(_object(piece), "text"), _text(piece, "icd10cm")
    if not (text or code):
        raise Odd("a condition needs text or icd10cm")
    system = "icd10cm" if code else None
    record.add("conditions", who, text=text, code=code, system=system, kind="condition", **where)


def _medication(record: Record, who: str, piece: Any, where: dict[str, Any]) -> None:
    ingredient, said = _text(_object(piece), "ingredient"), _text(piece, "dose")
    if not ingredient:
        raise Odd("a medication needs an ingredient")
    dose, unit, often = written.dose(said or "")
    record.add(
        "medications", who, text=ingredient, kind="reported", status="active", dose=dose, dose_unit=unit,
        dose_text=said, frequency=often, route=_text(piece, "route"), duration_text=_text(piece, "duration"),
        **where,
    )  # fmt: skip


def _symptom(record: Record, who: str, piece: Any, where: dict[str, Any]) -> None:
    if not (isinstance(piece, str) and piece):
        raise Odd("a symptom is a short text")
    record.add("conditions", who, text=piece, kind="symptom", **where)


def _vitals(record: Record, who: str, piece: Any, where: dict[str, Any]) -> None:
    piece = _object({} if piece is None else piece)
    rhythm = _text(piece, "rhythm")
    for field, (name, unit) in VITALS.items():
        _measured(record, who, piece, field, name, unit, where)
    if rhythm:
        where = where | {"source_ref": "vitals_ecg.rhythm"}
        record.add("conditions", who, text=rhythm, kind="rhythm", start=DAY_0, start_precision="day", **where)
    for field in piece.keys() - VITALS.keys() - {"rhythm"}:
        record.reject(f"vitals_ecg {field}", "not a field of the case schema", where["file"])


def _lab(record: Record, who: str, piece: Any, where: dict[str, Any]) -> None:
    analyte, qualifier = _text(_object(piece), "analyte"), _text(piece, "qualifier")
    value, when = _number(piece, "value"), _day(piece, "time_days")
    if not analyte:
        raise Odd("a lab row needs an analyte")
    value_text = None if value is None else str(piece["value"])
    comparator = flag = None
    if qualifier in written.COMPARATORS:
        comparator = written.COMPARATORS[qualifier]
        value_text = value_text and qualifier + value_text
    elif value is None:
        value_text = qualifier
    elif qualifier in FLAG:
        flag = FLAG[qualifier]
    elif qualifier:  # a word we do not know may change what the number means
        value, value_text = None, f"{qualifier} {value_text}"
    unit, low, high = _text(piece, "unit"), _number(piece, "ref_low"), _number(piece, "ref_high")
    record.add(
        "observations", who, text=analyte, value=value, value_text=value_text, comparator=comparator, flag=flag,
        unit_text=unit, specimen=_text(piece, "specimen"), status="final", ref_low=low, ref_high=high,
        ref_unit=None if low is None and high is None else unit, **when, **where,
    )  # fmt: skip
    if when["start"] is not None and piece["phase"] == "index":
        record.as_of = max(record.as_of or DAY_0, when["start"])
