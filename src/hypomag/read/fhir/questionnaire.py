"""Our own questions answered: a QuestionnaireResponse becomes what each answer says (knowledge/why/questions.csv)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from hypomag import knowledge
from hypomag.read.fhir import elements
from hypomag.read.fhir.elements import moment, required
from hypomag.read.fhir.reading import JSON, Reading, Unusable
from hypomag.record import BLANK

STATUS = frozenset(["in-progress", "completed", "amended", "entered-in-error", "stopped"])
FINISHED = {"completed", "amended"}
TABLES = {
    "condition": "conditions",
    "symptom": "conditions",
    "procedure": "procedures",
    "observation": "observations",
    "medication": "medications",
}
ONE_EACH = re.compile(r"\s*(?:[;\n]|,\s)\s*")  # medicines that somebody typed in a row; 1,000 stays one number


@cache
def _questions() -> dict[str, dict[str, Any]]:
    return {row["question"]: row for row in knowledge.load().tables["questions"].dicts()}


def questionnaire_response(reading: Reading, resource: JSON) -> None:
    status = required(resource, "status", STATUS)
    if status not in FINISHED:
        raise Unusable(f"status is {status}: the form is not finished, or not meant")
    if str(resource.get("questionnaire") or "").split("|")[0] != knowledge.QUESTIONNAIRE:
        raise Unusable(f"answers no questionnaire that is known here (questionnaire is not {knowledge.QUESTIONNAIRE})")
    authored, precision = moment(reading, resource.get("authored"), "authored")
    for item in _items(resource):
        link = item.get("linkId")
        question = _questions().get(str(link))
        given = item.get("answer") or []
        if question is None:
            if given:
                reading.leave_out(f"item {link}", "no question of this questionnaire has this linkId")
        elif "modifierExtension" in item or len(given) > 1 or any("modifierExtension" in one for one in given):
            reading.leave_out(f"item {link}", "a modifierExtension we do not understand, or several answers")
        elif given:
            _answered(reading, question, given[0], authored, precision)


def _items(holder: JSON) -> Iterator[JSON]:
    """Every item, those within items and answers too."""
    for item in holder.get("item") or ():
        yield item
        yield from _items(item)
        for answer in item.get("answer") or ():
            yield from _items(answer)


def _answered(
    reading: Reading, question: dict[str, Any], answer: JSON, authored: int | None, precision: str | None
) -> None:
    """A yes says it, a no denies it, a number measures it; whatever is of another type is left out, and said."""
    link, kind, table = question["question"], question["kind"], TABLES.get(question["fact"])
    if kind == "boolean" and (yes := answer.get("valueBoolean")) in (True, False):
        if table:
            found: dict[str, Any] = {"negated": 0 if yes else 1}
            if question["fact"] == "symptom":  # seen on that day; a disease was there before
                found |= {"kind": "symptom", "start": authored, "start_precision": precision}
            _add(reading, table, authored, text=question["words"], **found)
    elif kind == "text" and isinstance(text := answer.get("valueString"), str):
        for one in filter(None, ONE_EACH.split(text.strip())) if table else ():
            _add(reading, "medications", authored, text=one, kind="reported", status="active")
        if not table:
            reading.leave_out(f"item {link}", "words for people; no rule reads them")
    elif kind == "quantity" and isinstance(size := answer.get("valueQuantity"), dict):
        value, value_text, unit_text, unit, comparator = elements.quantity(reading, size, f"item {link} valueQuantity")
        _add(
            reading, "observations", authored, text=question["words"], status="final", value=value,
            value_text=value_text, unit_text=unit_text, unit=unit, comparator=comparator, start=authored,
            start_precision=precision,
        )  # fmt: skip
    else:
        reading.leave_out(f"item {link}", f"its answer is no {kind}")


def _add(reading: Reading, table: str, known_at: int | None, **columns: Any) -> None:
    fact = {
        **BLANK[table], "patient": reading.who.id, "source_ref": reading.ref, "file": reading.file,
        "line": reading.line, "known_at": known_at, **columns,
    }  # fmt: skip
    reading.record.take(table, fact)
