"""The questions as a form, and the answered form as facts: end to end, an answer changes the assessment."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import fhirkit
import pytest
from typer.testing import CliRunner

from hypomag import knowledge
from hypomag.__main__ import app
from hypomag.assess import assess, relations
from hypomag.read import read
from hypomag.record import Record
from hypomag.write import fhir
from tests.write.required import wrong_codes

QUESTIONS = knowledge.load().tables["questions"].dicts()
YES_OR_NO = [row for row in QUESTIONS if row["kind"] == "boolean" and row["concept"]]
PATIENT = {"resourceType": "Patient", "id": "p", "birthDate": "1960-01-01", "gender": "male"}
LEVEL = {
    "resourceType": "Observation",
    "id": "o",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "19123-9"}]},
    "subject": {"reference": "Patient/p"},
    "effectiveDateTime": "2026-01-02T08:00:00Z",
    "valueQuantity": {"value": 1.1, "unit": "mg/dL"},
}


def filled(*answers: tuple[str, dict[str, Any]], **more: Any) -> dict[str, Any]:
    items = [{"linkId": link, "answer": [answer]} for link, answer in answers]
    return {
        "resourceType": "QuestionnaireResponse",
        "id": "q",
        "status": "completed",
        "questionnaire": knowledge.QUESTIONNAIRE + "|1",
        "subject": {"reference": "Patient/p"},
        "authored": "2026-01-02T09:00:00Z",
        "item": [{"linkId": "group", "item": items}],
    } | more


def record(*resources: dict[str, Any]) -> Record:
    entries = [{"resource": resource} for resource in (PATIENT, LEVEL, *resources)]
    return read(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode())


def assessed(*resources: dict[str, Any]) -> dict[str, Any]:
    return assess(record(*resources))


@pytest.mark.parametrize("answer", [None, assessed()], ids=["all", "worth asking"])
def test_the_form_is_valid_and_its_links_are_unique(answer: dict[str, Any] | None) -> None:
    form = fhir.questionnaire(answer)
    text = fhir.write(form)
    assert fhirkit.validate(text) == []
    import_module("fhir.resources.R4B.questionnaire").Questionnaire.model_validate_json(text)
    assert wrong_codes(form) == []
    links = [item["linkId"] for group in form["item"] for item in (group, *group["item"])]
    assert len(links) == len(set(links))
    asked = {item["linkId"] for group in form["item"] for item in group["item"]}
    assert asked <= {row["question"] for row in QUESTIONS}
    if answer is None:
        assert asked == {row["question"] for row in QUESTIONS}
    else:
        worth = [test["test"] for test in answer["tests"] if test["worth"] and test["kind"] in ("question", "sign")]
        assert [group["linkId"] for group in form["item"]] == worth
        assert worth


@pytest.mark.parametrize("row", YES_OR_NO, ids=lambda row: row["question"])
def test_a_yes_says_it_and_a_no_denies_it(row: dict[str, Any]) -> None:
    for yes in (True, False):
        rows = relations(record(filled((row["question"], {"valueBoolean": yes}))), ("present", "mention"))
        assert any(found["concept"] == row["concept"] for found in rows["present"]) is yes
        denied = {found["is_denied"] for found in rows["mention"] if found["concept"] == row["concept"]}
        assert denied == {0 if yes else 1}


def test_answers_change_the_assessment() -> None:
    def chance(answer: dict[str, Any], cause: str) -> float:
        return next((c["probability"] for c in answer["causes"] if c["cause"] == cause), 0.0)

    before = assessed()
    drinks = assessed(filled(("q4", {"valueBoolean": True})))
    assert chance(before, "alcohol_use_disorder") < 0.05 < chance(drinks, "alcohol_use_disorder")
    takes = assessed(filled(("q2", {"valueString": "omeprazole 20 mg, furosemide; 1,000 mg paracetamol"})))
    assert {"ppi", "loop_diuretic"} <= {cause["cause"] for cause in takes["causes"]}
    assert next(cause["for"][0]["source_ref"] for cause in takes["causes"]) == "QuestionnaireResponse/q"
    steps = {step["step"]: step["probability"] for step in before["steps"]}
    denied = assessed(*[filled(*((q, {"valueBoolean": False}) for q in ("q7", "q8", "q9", "q10")))])
    assert {s["step"]: s["probability"] for s in denied["steps"]}["gi_loss"] < steps["gi_loss"]
    spasm = assessed(filled(("q21", {"valueBoolean": True})))
    assert "trousseau" in {
        fact["says"].lower().split()[0] for flag in spasm["urgency"]["red_flags"] for fact in flag["evidence"]
    }


def test_a_question_answered_is_not_worth_asking_again() -> None:
    asked = [test["test"] for test in assessed()["tests"] if test["worth"]]
    assert "ask_diet" in asked
    told = assessed(filled(("q5", {"valueBoolean": False}), ("q6", {"valueBoolean": False})))
    assert "ask_diet" not in [test["test"] for test in told["tests"] if test["worth"]]


def test_a_number_keeps_its_unit_and_a_symptom_its_day() -> None:
    pressure = {
        "valueQuantity": {"value": 165, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}
    }
    rows = relations(record(filled(("q19", pressure))), ("measured",))["measured"]
    assert [row["canonical"] for row in rows if row["analyte"] == "systolic"] == [1_650_000]
    facts = record(filled(("q20", {"valueBoolean": True}))).tables["conditions"]
    assert [(fact["text"], fact["kind"], fact["start"] is not None) for fact in facts] == [
        ("Chvostek sign", "symptom", True)
    ]


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        (filled(status="in-progress"), "status is in-progress"),
        (filled(status="entered-in-error"), "status is entered-in-error"),
        (filled(status="finished"), "status is not one of"),
        (filled(questionnaire="http://example.org/other"), "answers no questionnaire that is known here"),
        (filled(("q99", {"valueBoolean": True})), "no question of this questionnaire"),
        (filled(("q4", {"valueString": "yes"})), "its answer is no boolean"),
        (filled(("q3", {"valueString": "two beers"})), "words for people"),
        (filled(("q4", {"valueBoolean": True, "modifierExtension": [{"url": "x"}]})), "modifierExtension"),
        (
            filled(item=[{"linkId": "q4", "answer": [{"valueBoolean": True}, {"valueBoolean": False}]}]),
            "several answers",
        ),
        (filled(item={"linkId": "q4"}), "item"),
    ],
)
def test_what_cannot_be_used_is_said_and_changes_nothing(form: dict[str, Any], reason: str) -> None:
    found = record(form)
    assert [reject for reject in found.rejects if reason in reject.reason]
    assert found.tables["conditions"] == found.tables["medications"] == []


def test_the_command_writes_the_form() -> None:
    result = CliRunner().invoke(app, ["questionnaire"])
    assert result.exit_code == 0
    assert json.loads(result.output)["url"] == knowledge.QUESTIONNAIRE
