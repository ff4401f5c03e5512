"""FHIR as text and the small pieces that many resources share. No number passes through a float on its way to the text.

A resource is a plain dict without empty values; its numbers are int or Decimal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from hypomag import knowledge

JSON = dict[str, Any]

NAMESPACE = uuid5(NAMESPACE_URL, "hypomag")
LITERAL = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64}|urn:(?:uuid|oid):\S+")
ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
SYSTEMS = {
    "loinc": "http://loinc.org",
    "atc": "http://www.whocc.no/atc",
    "act": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
    "participant": "http://terminology.hl7.org/CodeSystem/provenance-participant-type",
}
UCUM = "http://unitsofmeasure.org"


def write(value: Any, indent: int = 0) -> str:
    """JSON text of a resource: a Decimal keeps its digits. Raises TypeError for a float."""
    inner, pad = " " * (indent + 2), " " * indent
    if isinstance(value, dict):
        lines = [f"{inner}{_text(key)}: {write(of, indent + 2)}" for key, of in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{pad}}}" if lines else "{}"
    if isinstance(value, list):
        lines = [inner + write(of, indent + 2) for of in value]
        return "[\n" + ",\n".join(lines) + f"\n{pad}]" if lines else "[]"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bool) or not isinstance(value, int | str):
        if not isinstance(value, bool):
            raise TypeError(f"a {type(value).__name__} has no place in a FHIR resource: give a Decimal")
        return "true" if value else "false"
    return _text(value) if isinstance(value, str) else str(value)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def full(**elements: Any) -> JSON:
    """The elements that hold something, all the way down: FHIR knows no null, no empty text and no empty list."""
    kept = {name: _kept(of) for name, of in elements.items()}
    return {name: of for name, of in kept.items() if of not in (None, "", [], {})}


def _kept(of: Any) -> Any:
    if isinstance(of, dict):
        return full(**of)
    if isinstance(of, list | tuple):
        return [kept for kept in map(_kept, of) if kept not in (None, "", [], {})]
    return of


def number(value: float | None) -> Decimal | None:
    """A number of the answer with the digits it is written with; rules give whole 1/10000, so these are all it has."""
    return None if value is None else Decimal(repr(value)).normalize() + 0


def quantity(value: float | None, unit: str) -> JSON | None:
    return None if value is None else {"value": number(value), "unit": unit, "system": UCUM, "code": unit}


def words(text: str | None) -> JSON:
    """A CodeableConcept of words alone."""
    return {"text": text}


def note(*texts: str | None) -> list[JSON]:
    return [{"text": text} for text in dict.fromkeys(texts) if text]


def reference(evidence: JSON) -> JSON:
    """A fact of the record: a reference where the source is FHIR, and what the fact says."""
    ref = evidence["source_ref"]
    literal = ref if LITERAL.fullmatch(ref) else None
    return {"reference": literal, "display": evidence["says"]}


def references(evidence: Iterable[JSON], *kinds: str) -> list[JSON]:
    """Each fact once; with `kinds` only facts that are such resources."""
    found = {row["row"]: reference(row) for row in evidence}
    return [ref for ref in found.values() if not kinds or str(ref["reference"]).split("/")[0] in kinds]


@cache
def _loinc() -> dict[str, list[str]]:
    codes: dict[str, list[str]] = {}
    for row in knowledge.load().tables["codes"].dicts():
        if row["system"] == "loinc" and row["sure"] and row["standing"] == "seen":
            codes.setdefault(row["concept"], []).append(row["code"])
    return codes


@cache
def names() -> dict[str, str]:
    return {row["concept"]: row["name"] for row in knowledge.load().tables["concepts"].dicts()}


def codings(analyte: str | None) -> list[JSON]:
    """Every LOINC code that was seen for an analyte."""
    return [{"system": SYSTEMS["loinc"], "code": code} for code in _loinc().get(analyte or "", [])]


@cache
def _ordered() -> dict[str, str]:
    return {row["analyte"]: row["code"] for row in knowledge.load().tables["order_codes"].dicts()}


def order_code(analyte: str | None) -> list[JSON]:
    """The one LOINC code under which an analyte is ordered."""
    code = _ordered().get(analyte or "")
    return [{"system": SYSTEMS["loinc"], "code": code}] if code else []


@dataclass(frozen=True)
class About:
    """Whom and what the resources speak of."""

    answer: JSON
    patient: str
    said: JSON  # all sentences of the language

    @property
    def subject(self) -> JSON:
        """A reference where the id can be a FHIR id, otherwise the id as an identifier."""
        if LITERAL.fullmatch(self.patient):
            return {"reference": self.patient}
        if ID.fullmatch(self.patient):
            return {"reference": f"Patient/{self.patient}"}
        return {"identifier": {"value": self.patient}}

    def id(self, kind: str, key: str = "") -> str:
        """The same for the same patient, moment, resource and key: a second answer takes the place of the first."""
        seed = "" if kind == "Device" else f"{self.patient}|{self.answer['as_of']}"
        version = "|".join(self.answer["version"].values()) if kind == "Device" else ""
        return str(uuid5(NAMESPACE, f"{seed}{version}|{kind}|{key}"))

    def ref(self, kind: str, key: str = "") -> JSON:
        return {"reference": f"urn:uuid:{UUID(self.id(kind, key))}"}

    def resource(self, kind: str, key: str = "", **elements: Any) -> JSON:
        return {"resourceType": kind, "id": self.id(kind, key)} | full(**elements)
