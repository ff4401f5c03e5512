"""A form that a person types, as TOML or JSON: docs/reference/form.md.

What cannot be read is refused by its path, because the person who typed it is there to mend it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

from hypomag.read import times, written
from hypomag.read.json_text import is_number
from hypomag.record import Record, Refused

KEYS = {
    "form": "as_of patient labs ecg vitals medications conditions symptoms procedures orders allergies encounters",
    "patient": "id age birth sex weight height pregnant gestation",
    "lab": "test value unit time specimen range flag status note loinc",
    "medication": "name dose frequency route since until for kind status rxnorm atc",
    "problem": "name since until status icd10cm icd9cm snomed",
    "encounter": "class ward since until",
    "ecg": "qtc qt qrs pr heart_rate rhythm time",
    "vitals": "blood_pressure systolic diastolic heart_rate respiratory_rate temperature time",
}
MEASURED = {
    "qtc": "QTc", "qt": "QT", "qrs": "QRS", "pr": "PR", "systolic": "systolic blood pressure",
    "diastolic": "diastolic blood pressure",
}  # fmt: skip
CODES = {"loinc", "rxnorm", "atc", "icd10cm", "icd9cm", "snomed"}
SEXES = {"male": "male", "m": "male", "female": "female", "f": "female", "other": "other"}
KINDS = {"reported", "ordered", "dispensed", "given", "planned"}
AGE = re.compile(r"(\d{1,3})\s*(?:(y|years?|yrs?)|(mo|months?)|(w|wk|weeks?)|(d|days?))?")
GESTATION = re.compile(r"(\d{1,2})(?:\+(\d))?\s*(?:w|wk|weeks?)(?:\s*(\d)\s*(?:d|days?))?")
PRESSURE = re.compile(r"(\d{2,3})\s*/\s*(\d{2,3})\s*(mm ?Hg)")
EXAMPLE = 'write a number and a unit such as "1.3 mg/dL", perhaps with its range: "1.3 mg/dL (1.6-2.6)"'


def lift(form: Mapping[str, Any], file: str | None = None) -> Record:
    """The record of one form. Raises Refused, with the path, for anything that cannot be read."""
    return _Form(form, file).record


class _Form:
    def __init__(self, form: Mapping[str, Any], file: str | None) -> None:
        self.file = file
        self.record = Record()
        self.keys(form, "form", "")
        if form.get("as_of") is None:
            raise self.refused("as_of", 'is missing: write the day that this describes, such as as_of = "2026-11-22"')
        self.now, self.precision = self.time(form["as_of"], "as_of")
        self.record.as_of = self.end(form["as_of"], "as_of")
        self.patient(self.table(form.get("patient"), "patient"))
        for place, row in self.labs(form.get("labs")):
            self.lab(row, place)
        self.measured(self.table(form.get("ecg"), "ecg"), "ecg")
        self.measured(self.table(form.get("vitals"), "vitals"), "vitals")
        for place, row in self.rows(form, "medications"):
            self.medication(row, place)
        for name, table, more in (
            ("conditions", "conditions", {"kind": "condition"}),
            ("symptoms", "conditions", {"kind": "symptom"}),
            ("procedures", "procedures", {"status": "completed"}),
            ("orders", "orders", {"status": "active"}),
            ("allergies", "allergies", {}),
        ):
            for place, row in self.rows(form, name):
                self.problem(table, row, place, more)
        for place, row in self.rows(form, "encounters"):
            self.encounter(self.table(row, place), place)

    def refused(self, path: str, reason: str) -> Refused:
        return Refused(f"{self.file or 'form'}: {path}: {reason}.")

    def keys(self, table: Mapping[str, Any], kind: str, path: str) -> None:
        """Refuse a key that this kind of table does not have, naming the likely one."""
        known = KEYS[kind].split()
        for key in table:
            if key not in known:
                like = get_close_matches(str(key), known, 1)
                hint = f"did you mean {like[0]}?" if like else f"it may be one of {', '.join(known)}"
                raise self.refused(f"{path}.{key}".lstrip("."), f"is not a key of the form; {hint}")

    def table(self, value: Any, path: str) -> Mapping[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.refused(path, "must be a table of keys and values")
        return value

    def rows(self, form: Mapping[str, Any], name: str) -> Iterable[tuple[str, Any]]:
        rows = form.get(name)
        if rows is not None and not isinstance(rows, list):
            raise self.refused(name, "must be a list")
        return [(f"{name}[{n}]", row) for n, row in enumerate(rows or ())]

    def text(self, table: Mapping[str, Any], key: str, path: str) -> str | None:
        value = table.get(key)
        if value is not None and (not isinstance(value, str) or is_number(value) or not value.strip()):
            raise self.refused(f"{path}.{key}", "must be text")
        return value.strip() if value else None

    def written_time(self, value: Any, path: str) -> str:
        """A time as text; TOML's own dates and times count as what they say."""
        if isinstance(value, datetime | date):
            return value.isoformat()
        if isinstance(value, int) and not isinstance(value, bool):  # a bare year
            return str(value)
        if not isinstance(value, str) or is_number(value):
            raise self.refused(path, "must be a date or a time, such as 2026-11-22 or 2026-11-22T14:30:00Z")
        return value.strip()

    def time(self, value: Any, path: str) -> times.Time:
        try:
            return times.parse(self.written_time(value, path))
        except (ValueError, OverflowError) as wrong:
            raise self.refused(path, str(wrong)) from None

    def end(self, value: Any, path: str) -> int:
        self.time(value, path)
        return times.last_second(self.written_time(value, path))

    def when(self, table: Mapping[str, Any], path: str) -> dict[str, Any]:
        """start and until from the keys since and until."""
        start, precision = (None, None)
        if table.get("since") is not None:
            start, precision = self.time(table["since"], f"{path}.since")
        until = None if table.get("until") is None else self.end(table["until"], f"{path}.until")
        if start is not None and until is not None and until < start:
            raise self.refused(f"{path}.until", "lies before since")
        return {"start": start, "start_precision": precision, "until": until}

    def add(self, place: str, table: str, **values: Any) -> None:
        self.record.add(table, self.id, source_ref=place, file=self.file, **values)

    def came(self) -> None:
        self.record.received += 1
        self.record.lifted += 1

    def patient(self, patient: Mapping[str, Any]) -> None:
        self.keys(patient, "patient", "patient")
        self.came()
        self.id = self.text(patient, "id", "patient") or "patient"
        birth, precision = self.born(patient)
        sex = self.text(patient, "sex", "patient")
        if sex is not None and sex.lower() not in SEXES:
            raise self.refused("patient.sex", "must be male, female or other")
        pregnant = patient.get("pregnant")
        if pregnant not in (None, True, False) or is_number(pregnant):
            raise self.refused("patient.pregnant", "must be true or false")
        gestation = None
        if said := self.text(patient, "gestation", "patient"):
            found = GESTATION.fullmatch(said)
            if not found:
                raise self.refused("patient.gestation", 'must be weeks, such as "34 weeks" or "34+2 weeks"')
            gestation = 7 * int(found[1]) + int(found[2] or found[3] or 0)
        self.add(
            "patient", "patients", id=self.id, birth=birth, birth_precision=precision, gestation=gestation,
            sex=SEXES[sex.lower()] if sex else None, pregnant=None if pregnant is None else int(pregnant),
        )  # fmt: skip
        for key in ("weight", "height"):
            if patient.get(key) is not None:
                self.number(key, patient[key], f"patient.{key}", self.now, self.precision)

    def born(self, patient: Mapping[str, Any]) -> times.Time | tuple[None, None]:
        birth, age = patient.get("birth"), patient.get("age")
        if birth is not None and age is not None:
            raise self.refused("patient.age", "stands beside birth; keep one of them")
        if birth is not None:
            return self.time(birth, "patient.birth")
        if age is None:
            return None, None
        found = AGE.fullmatch(str(age).strip().lower()) if not isinstance(age, bool) else None
        if not found:
            raise self.refused("patient.age", 'must be whole, such as "58 y", "4 months", "3 weeks" or "5 days"')
        unit = "months" if found[3] else "weeks" if found[4] else "days" if found[5] else "years"
        return times.born(int(found[1]), unit, self.now)

    def labs(self, labs: Any) -> Iterable[tuple[str, Mapping[str, Any]]]:
        """Each result as a table with a test, from a list of tables or from a table by test."""
        if isinstance(labs, list):
            return [(f"labs[{n}]", self.table(row, f"labs[{n}]")) for n, row in enumerate(labs)]
        found = []
        for test, said in self.table(labs, "labs").items():
            for n, one in enumerate(said if isinstance(said, list) else [said]):
                path = f"labs.{test}[{n}]" if isinstance(said, list) else f"labs.{test}"
                row = dict(one) if isinstance(one, dict) else {"value": one}
                found.append((path, {"test": test.replace("_", " "), **row}))
        return found

    def lab(self, row: Mapping[str, Any], place: str) -> None:
        self.keys(row, "lab", place)
        test = self.text(row, "test", place)
        if not test:
            raise self.refused(place, "names no test; write test = ...")
        start, precision = self.now, self.precision
        if row.get("time") is not None:
            start, precision = self.time(row["time"], f"{place}.time")
        code = self.text(row, "loinc", place)
        more = {key: self.text(row, key, place) for key in ("specimen", "flag", "note")}
        more |= {"status": self.text(row, "status", place) or "final"}
        more |= {"code": code, "system": "loinc" if code else None}
        self.number(test, row.get("value"), place, start, precision, row, **more)

    def number(
        self, name: str, value: Any, place: str, start: int, precision: str, row: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> None:  # fmt: skip
        """One result, vital sign or measure. Only a laboratory row may hold words or a bare number."""
        self.came()
        text = str(value).strip() if is_number(value) or isinstance(value, str) else None
        if not text or (row is None and (is_number(value) or not written.result(text))):
            raise self.refused(place, EXAMPLE)
        found = written.result(text)
        if found is None:
            if re.match(r"[<>≤≥=~+-]?\s*[\d.,]", text):
                raise self.refused(place, f"does not read as a result; {EXAMPLE}, with a decimal point")
            columns: dict[str, Any] = {"value_text": text}
        else:
            columns = {"value": found.value, "comparator": found.comparator, "unit_text": found.unit}
            columns["value_text"] = f"{found.comparator or ''}{found.value_text}"
        unit = self.text(row, "unit", place) if row else None
        if unit and columns.get("unit_text") not in (None, unit):
            raise self.refused(f"{place}.unit", "is not the unit that stands with the value; keep one of them")
        columns["unit_text"] = unit or columns.get("unit_text")
        limits = (self.text(row, "range", place) if row else None) or (found.range if found else None)
        if limits:
            low, high, ref_unit = written.reference(limits) or (None, None, None)
            if low is None and high is None:
                raise self.refused(f"{place}.range", 'must be such as "1.6-2.6", or one limit such as "<5"')
            columns |= {"ref_low": low, "ref_high": high, "ref_unit": ref_unit or columns["unit_text"]}
        more.setdefault("status", "final")
        self.add(place, "observations", text=name, start=start, start_precision=precision, **columns, **more)

    def measured(self, table: Mapping[str, Any], place: str) -> None:
        """The tables ecg and vitals."""
        self.keys(table, place, place)
        start, precision = self.now, self.precision
        if table.get("time") is not None:
            start, precision = self.time(table["time"], f"{place}.time")
        for key, value in table.items():
            path = f"{place}.{key}"
            if key == "rhythm":
                self.came()
                seen = {"start": start, "start_precision": precision}
                self.add(path, "conditions", text=self.text(table, key, place), kind="rhythm", **seen)
            elif key == "blood_pressure":
                found = PRESSURE.fullmatch(value.strip()) if isinstance(value, str) else None
                if not found:
                    raise self.refused(path, 'must be such as "105/63 mmHg"')
                for part, figure in (("systolic", found[1]), ("diastolic", found[2])):
                    self.number(MEASURED[part], f"{figure} {found[3]}", path, start, precision)
            elif key != "time":
                self.number(MEASURED.get(key, key.replace("_", " ")), value, path, start, precision)

    def medication(self, row: Any, place: str) -> None:
        self.came()
        typed = isinstance(row, str)
        said = {"name": row} if typed else self.table(row, place)
        self.keys(said, "medication", place)
        name = self.text(said, "name", place)
        if not name:
            raise self.refused(place, 'names no medication; write such as "omeprazole 20 mg daily since 2019"')
        drug = written.drug(name) if typed else self.drug_of(said, name, place)
        when = self.when({"since": drug.since, "until": drug.until} if typed else said, place)
        over = when["until"] is not None and when["until"] <= (self.record.as_of or 0)
        status = self.text(said, "status", place) or ("stopped" if drug.stopped else "completed" if over else "active")
        kind = self.text(said, "kind", place) or "reported"
        if kind not in KINDS:
            raise self.refused(f"{place}.kind", f"must be one of {', '.join(sorted(KINDS))}")
        self.add(
            place, "medications", text=drug.name, kind=kind, status=status, dose=drug.dose, dose_unit=drug.dose_unit,
            dose_text=drug.dose_text, frequency=drug.frequency, route=drug.route, duration_text=drug.lasting, **when,
            **self.code(said, place),
        )  # fmt: skip

    def drug_of(self, row: Mapping[str, Any], name: str, place: str) -> written.Drug:
        dose, often = self.text(row, "dose", place), self.text(row, "frequency", place)
        amount, unit, inside = written.dose(dose or "")
        return written.Drug(
            name, " ".join([part for part in (dose, often) if part]) or None, amount, unit,
            written.frequency(often) if often else inside, self.text(row, "route", place),
            self.text(row, "for", place),
        )  # fmt: skip

    def code(self, row: Mapping[str, Any], place: str) -> dict[str, Any]:
        """code and system from the first key that names a code system."""
        for system in KEYS["medication"].split() + KEYS["problem"].split():
            if system in CODES and row.get(system) is not None:
                return {"code": self.text(row, system, place), "system": system}
        return {}

    def problem(self, table: str, row: Any, place: str, more: Mapping[str, Any]) -> None:
        """A condition, symptom, procedure, order or allergy: text, or a table with name."""
        self.came()
        if isinstance(row, str):
            name, since = written.dated(row)
            said: Mapping[str, Any] = {"name": name} if since is None else {"name": name, "since": since}
        else:
            said = self.table(row, place)
        self.keys(said, "problem", place)
        name_said, code = self.text(said, "name", place), self.code(said, place)
        if not (name_said or code):
            raise self.refused(place, "names nothing; write text, or a table with name")
        when = self.when(said, place)
        if table == "orders" and when["start"] is None:
            when |= {"start": self.now, "start_precision": self.precision}
        status = {"status": self.text(said, "status", place) or more.get("status")}
        self.add(place, table, text=name_said, **{**more, **status}, **when, **code)

    def encounter(self, row: Mapping[str, Any], place: str) -> None:
        self.came()
        self.keys(row, "encounter", place)
        kind = {"class": self.text(row, "class", place), "ward": self.text(row, "ward", place)}
        self.add(place, "encounters", **kind, **self.when(row, place))
