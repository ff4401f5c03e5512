"""The questions and bedside signs as a FHIR Questionnaire: all of them, or those worth asking of one answer."""

from __future__ import annotations

from typing import Any

from hypomag import knowledge
from hypomag.knowledge.sentences import sentences
from hypomag.write.fhir.written import JSON, UCUM, full

TYPES = {"boolean": "boolean", "text": "text", "quantity": "quantity"}
UNIT = "http://hl7.org/fhir/StructureDefinition/questionnaire-unit"


def questionnaire(answer: JSON | None = None, language: str = "en") -> JSON:
    """With an answer: what would tell something of this patient, the most telling first. linkIds are the same in both."""
    said = sentences(language)
    tables = knowledge.load().tables
    names = {row["test"]: row["name"] for row in tables["tests"].dicts()}
    questions: dict[str, list[Any]] = {}
    for row in sorted(tables["questions"].dicts(), key=lambda row: row["position"]):
        questions.setdefault(row["test"], []).append(row)
    asked = list(questions)
    if answer is not None:
        asked = [test["test"] for test in answer["tests"] if test["worth"] and test["test"] in questions]
    return {"resourceType": "Questionnaire"} | full(
        id="hypomag-bedside",
        url=knowledge.QUESTIONNAIRE,
        version=knowledge.load().version,
        name="HypomagBedside",
        title=said["fhir"]["questionnaire"],
        status="draft",
        subjectType=["Patient"],
        description=said["notice"],
        item=[
            {"linkId": test, "text": names[test], "type": "group", "item": list(map(_item, questions[test]))}
            for test in asked
        ],
    )


def _item(row: Any) -> JSON:
    return {
        "extension": [{"url": UNIT, "valueCoding": _unit(row)}] if row["kind"] == "quantity" else [],
        "linkId": row["question"],
        "text": row["text"],
        "type": TYPES[row["kind"]],
    }


def _unit(row: Any) -> JSON:
    units = {of["analyte"]: of["unit"] for of in knowledge.load().tables["analytes"].dicts()}
    return {"system": UCUM, "code": units[row["concept"]]}
