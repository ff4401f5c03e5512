"""What was sent: a published case, a pasted document, or the boxes of the form; and the record that it makes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request

from hypomag import knowledge
from hypomag.read import read
from hypomag.record import Record, Refused
from hypomag.serve.page import units
from hypomag.serve.page.population import Population

MOST_BYTES = 12_000_000
MOST_FIELDS = 200
CASES = files("hypomag") / "cases" / "patients"
BOX = "box_"  # the form's fields are called box_...
LINES = ("medications", "conditions", "symptoms")
# The boxes with a number: key of the form, its name, the analyte whose units it offers, its specimen.
LABS = (
    ("magnesium", "Magnesium", "magnesium", None),
    ("potassium", "Potassium", "potassium", None),
    ("calcium", "Calcium", "calcium", None),
    ("albumin", "Albumin", "albumin", None),
    ("ionized calcium", "Ionised calcium", "calcium_ionised", None),
    ("phosphate", "Phosphate", "phosphate", None),
    ("creatinine", "Creatinine", "creatinine", None),
    ("bicarbonate", "Bicarbonate", "bicarbonate", None),
    ("urine_magnesium", "Urine magnesium", "magnesium_urine", "urine"),
    ("urine_creatinine", "Urine creatinine", "creatinine_urine", "urine"),
)


@dataclass
class Asked:
    """One request: the record, how to show it, and every field that came, to be sent again with the next."""

    fields: dict[str, str] = field(default_factory=dict)
    unit: str | None = None
    population: Population | None = None

    @property
    def case(self) -> str | None:
        return self.fields.get("case")

    def again(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in self.fields.items() if name != "unit"]

    def record(self) -> Record:
        """Raises Refused with a sentence for what cannot be read."""
        if self.case:
            return read(case_text(self.case), format="form")
        if screened := self.fields.get("screened"):
            return self._screened(screened)
        if source := self.fields.get("source", "").strip():
            return read(source.encode("utf-8"), patient=self.fields.get("patient") or None)
        form = form_of(self.fields)
        if form is None:
            raise Refused("nothing was entered: choose a case, paste a record or fill in the form.")
        return read(json.dumps(form).encode("utf-8"), format="form")

    def _screened(self, patient: str) -> Record:
        record = self.population.record(patient) if self.population else None
        if record is None:
            raise Refused("the patients of this screening run cannot be opened: the server was not given their source.")
        return record

    def moment(self) -> int | None:
        """The moment asked about, where the one who pasted a record named it. Raises Refused for what is none."""
        from hypomag.read.times import last_second

        text = self.fields.get("as_of", "").strip()
        if self.case or not self.fields.get("source", "").strip() or not text:
            return None
        try:
            return last_second(text)
        except (ValueError, OverflowError):
            raise Refused("as of: must be a date or a time, such as 2026-11-22 or 2026-11-22T14:30:00Z.") from None


async def asked(request: Request) -> Asked:
    """The fields of a posted form. Raises Refused where there is too much of it."""
    body = await read_body(request)
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=False, max_num_fields=MOST_FIELDS)
    except (UnicodeDecodeError, ValueError):
        raise Refused("what was sent is not a form: send it as the page does.") from None
    fields = dict(pairs)
    unit = fields.get("unit")
    return Asked(fields, unit if unit in units.CHOICES else None, screening_of(request))


def screening_of(request: Request) -> Population | None:
    """The screening run that this server shows to this caller, where it shows one: who lets them in says so."""
    found = getattr(request.state, "population", None)
    return found if isinstance(found, Population) else None


async def read_body(request: Request) -> bytes:
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > MOST_BYTES:
            raise Refused(f"more than {MOST_BYTES // 1_000_000} MB was sent: send the part of one patient.")
    return bytes(found)


@cache
def cases() -> list[dict[str, str]]:
    """The published cases, by id: title and citation from the first lines of each file."""
    found = []
    for file in sorted(CASES.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            head = [line[1:].strip() for line in file.read_text("utf-8").splitlines() if line.startswith("#")]
            title = head[0].removeprefix("A published patient:").strip().rstrip(".")
            found.append(
                {"id": file.name.removesuffix(".toml"), "title": title[:1].upper() + title[1:], "cite": head[1]}
            )
    return found


def case_text(name: str) -> bytes:
    if name not in {case["id"] for case in cases()}:
        raise Refused("there is no published case of that name: choose one of the list.")
    return (CASES / f"{name}.toml").read_bytes()


@cache
def lab_units() -> dict[str, list[str]]:
    """The units that each box offers: those that a result of the analyte may carry."""
    rows = knowledge.load().tables["units"].dicts()
    return {key: [row["unit"] for row in rows if row["analyte"] == analyte] for key, _, analyte, _ in LABS}


def form_of(fields: dict[str, str]) -> dict[str, Any] | None:
    """The form (docs/reference/form.md) that the filled boxes make; None where none is filled."""
    box = {name[len(BOX) :]: value.strip() for name, value in fields.items() if name.startswith(BOX) and value.strip()}
    if not set(box) - {"as_of"} - {name for name in box if name.startswith("unit_")}:
        return None
    form: dict[str, Any] = {"as_of": box.get("as_of")}
    patient: dict[str, Any] = {}
    if "age" in box:
        patient["age"] = f"{box['age']} {box.get('unit_age', 'y')}"
    if "sex" in box:
        patient["sex"] = box["sex"]
    for key in ("weight", "height"):
        if key in box:
            patient[key] = f"{box[key]} {box.get(f'unit_{key}', '')}".strip()
    if box.get("pregnant") in ("yes", "no"):
        patient["pregnant"] = box["pregnant"] == "yes"
    form["patient"] = patient
    form["labs"] = {key: row for key, *_ in LABS if (row := _lab(key, box))}
    form["ecg"] = {"qtc": f"{box['qtc']} ms"} if "qtc" in box else {}
    for key in LINES:
        form[key] = [line.strip() for line in box.get(key, "").splitlines() if line.strip()]
    return form


def _lab(key: str, box: dict[str, str]) -> dict[str, str] | None:
    if key not in box:
        return None
    specimen = next(specimen for name, _, _, specimen in LABS if name == key)
    row = {"value": box[key], "unit": box.get(f"unit_{key}", "")}
    row |= {"specimen": specimen} if specimen else {}
    row |= {"range": box["range"]} if key == "magnesium" and "range" in box else {}
    return {name: value for name, value in row.items() if value}
