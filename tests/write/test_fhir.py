"""The FHIR resources of an answer: valid in two validators and our own code tables, drafts only, decimals as they are."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import fhirkit
import pytest

from hypomag.assess import answers
from hypomag.knowledge.sentences import sentences
from hypomag.read import read
from hypomag.record import Record
from hypomag.write import fhir
from hypomag.write.fhir.findings import SEVERITY
from hypomag.write.fhir.written import full, number
from tests.many import many
from tests.people import NOW, YEAR, crowd, record_of
from tests.write.required import leaves, wrong_codes

PATIENT = Path(str(files("hypomag") / "cases" / "patients" / "ppi_severe.toml"))
FORMS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "unit missing": {"labs": {"magnesium": "1.2"}},
    "high": {"labs": {"magnesium": "9 mg/dL", "creatinine": "6 mg/dL"}, "symptoms": ["areflexia"]},
    "torsades": {"patient": {"age": "60 y"}, "conditions": ["torsades de pointes"], "labs": {"magnesium": "1.0 mg/dL"}},
    "mild": {
        "patient": {"age": "60 y", "sex": "male", "weight": "70 kg"},
        "labs": {"magnesium": "0.62 mmol/L", "creatinine": "0.9 mg/dL"},
        "medications": ["omeprazole", "levothyroxine", "ciprofloxacin"],
    },
    "never measured": {
        "patient": {"age": "60 y"},
        "conditions": ["alcohol use disorder"],
        "medications": ["cisplatin"],
    },
    "dialysis": {"patient": {"age": "60 y"}, "conditions": ["haemodialysis"], "labs": {"magnesium": "0.5 mmol/L"}},
}


@cache
def people() -> dict[str, dict[str, Any]]:
    """Answers of a published patient, odd forms and made-up people."""
    found = {"published": next(iter(answers(read(PATIENT)).values()))}
    for name, form in FORMS.items():
        record = read(json.dumps({"as_of": "2026-01-02"} | form).encode())
        found[name] = next(iter(answers(record).values()))
    return found | answers(record_of(crowd(41, many(40, 5_000))))


def bundles() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for who, answer in people().items():
        yield answer, fhir.bundle(answer, who)


@cache
def model(kind: str) -> Any:
    return getattr(import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)


def test_every_resource_is_valid_in_two_validators_and_our_tables() -> None:
    seen: Counter[str] = Counter()
    for _, made in bundles():
        text = fhir.write(made)
        assert [str(issue) for issue in fhirkit.validate(text)] == []
        model("Bundle").model_validate_json(text)
        for entry in made["entry"]:
            resource = entry["resource"]
            seen[resource["resourceType"]] += 1
            alone = fhir.write(resource)
            assert [str(issue) for issue in fhirkit.validate(alone)] == []
            model(resource["resourceType"]).model_validate_json(alone)
            assert wrong_codes(resource) == []
        assert wrong_codes(made) == []
    assert set(seen) == {
        "CarePlan", "ClinicalImpression", "DetectedIssue", "Device", "GuidanceResponse", "MedicationRequest",
        "Provenance", "RequestGroup", "RiskAssessment", "ServiceRequest",
    }  # fmt: skip
    print(dict(seen))


def test_the_validators_and_the_tables_find_faults() -> None:
    made = next(e["resource"] for _, b in bundles() for e in b["entry"] if e["resource"]["resourceType"] == "CarePlan")
    without = {name: value for name, value in made.items() if name != "subject"}
    assert fhirkit.validate(fhir.write(without))
    with pytest.raises(ValueError, match="subject"):
        model("CarePlan").model_validate_json(fhir.write(without))
    assert wrong_codes(made | {"intent": "filler-order"}) == ["CarePlan.intent: filler-order"]


def test_nothing_is_empty_and_every_link_leads_somewhere() -> None:
    for _, made in bundles():
        ids = [entry["fullUrl"] for entry in made["entry"]]
        assert len(ids) == len(set(ids))
        for path, value in leaves(made, "Bundle"):
            assert value not in (None, ""), path
            if path.endswith("reference") and str(value).startswith("urn:uuid:"):
                assert value in ids
        assert "[]" not in fhir.write(made) and "{}" not in fhir.write(made)


def test_all_orders_are_drafts_and_proposals_and_options_a_choice_of_at_most_one() -> None:
    for answer, made in bundles():
        by_kind: dict[str, list[dict[str, Any]]] = {}
        for entry in made["entry"]:
            by_kind.setdefault(entry["resource"]["resourceType"], []).append(entry["resource"])
        for kind in ("MedicationRequest", "ServiceRequest", "CarePlan", "RequestGroup"):
            assert {(r["status"], r["intent"]) for r in by_kind.get(kind, [])} <= {("draft", "proposal")}
        offered = [option for option in answer["treatment"]["options"] if option["way"] != "dialysate"]
        assert len(by_kind.get("MedicationRequest", [])) == len(offered)
        for group in by_kind.get("RequestGroup", []):
            assert [action["selectionBehavior"] for action in group["action"]] == ["at-most-one"]
        ordered = {m["id"] for m in by_kind.get("MedicationRequest", [])}
        for plan in by_kind.get("CarePlan", []):
            named = {a["reference"]["reference"] for a in plan["activity"] if "reference" in a}
            assert not named & {f"urn:uuid:{of}" for of in ordered}  # only through the choice


def test_no_dose_where_the_answer_has_none_and_the_same_dose_where_it_has() -> None:
    for answer, made in bundles():
        drafts = [e["resource"] for e in made["entry"] if e["resource"]["resourceType"] == "MedicationRequest"]
        offered = [option for option in answer["treatment"]["options"] if option["way"] != "dialysate"]
        for draft, option in zip(drafts, offered, strict=True):
            dosage = draft["dosageInstruction"][0]
            assert dosage["text"] == option["text"]
            said = {value for path, value in leaves(dosage, "") if path.endswith(".value") and value != 1}
            most = option["most"] or option
            may = {option["grams"], most["grams"], option["rate_g_per_h"], most["elemental_mg"]}
            assert {float(value) for value in said} <= {value for value in may if value is not None}
            if option["grams"] is None and option["elemental_mg"] is None:
                assert said == set()


def test_every_option_is_there_and_a_time_is_whole() -> None:
    for answer, made in bundles():
        text = json.dumps(json.loads(fhir.write(made)), ensure_ascii=False)
        for option in answer["treatment"]["options"]:
            assert json.dumps(option["text"], ensure_ascii=False)[1:-1] in text
        for path, value in leaves(made, "Bundle"):
            if path.endswith((".duration", ".durationMax")):
                assert value == int(value), path
    torsades = fhir.drafts(people()["torsades"], "p")["options"][0]["dosageInstruction"][0]["timing"]["repeat"]
    assert (torsades["duration"], torsades["durationMax"], torsades["durationUnit"]) == (5, 60, "min")


def test_cannot_tell_is_data_required_with_what_is_missing() -> None:
    for answer, made in bundles():
        guidance = made["entry"][0]["resource"]
        unknown = answer["level"]["status"] in ("cannot_tell", "not_measured")
        unknown = unknown or answer["urgency"]["tier"] == "cannot_tell"
        assert guidance["status"] == ("data-required" if unknown else "success")
        assert bool(guidance.get("dataRequirement")) == bool(answer["missing"])
    nothing = fhir.bundle(people()["nothing"], "x")["entry"][0]["resource"]
    codes = [c["code"] for need in nothing["dataRequirement"] for c in need.get("codeFilter", [{}])[0].get("code", [])]
    assert "19123-9" in codes and "2601-3" in codes
    assert ["birthDate"] in [need.get("mustSupport") for need in nothing["dataRequirement"]]


def test_says_the_same_grade_and_urgency_as_the_answer() -> None:
    """P-20: the resources, the text for the clinician and the answer; the text for the patient has its own test."""
    said = sentences()
    for answer, made in bundles():
        level, tier = answer["level"], answer["urgency"]["tier"]
        guidance = made["entry"][0]["resource"]
        status, urgency = (reason["text"] for reason in guidance["reasonCode"])
        assert said["tier"][tier] == urgency
        grade = re.search(r"grade (\d)", status)
        low = level["status"] == "low"
        assert (int(grade[1]) if grade else None) == (level["ctcae_grade"] if low else None)
        assert status.startswith(said["status"][level["status"]])
        for entry in made["entry"]:
            if entry["resource"]["resourceType"] == "DetectedIssue" and "evidence" in entry["resource"]:
                assert entry["resource"].get("severity") == SEVERITY.get(tier)


def test_severity_is_never_low_where_urgency_is_not_known() -> None:
    assert "cannot_tell" not in SEVERITY
    assert set(sentences()["tier"]) == {*SEVERITY, "cannot_tell"}


def test_same_answer_same_bytes_and_another_patient_other_ids() -> None:
    answer = people()["published"]
    assert fhir.write(fhir.bundle(answer, "a")) == fhir.write(fhir.bundle(answer, "a"))
    mine, other = ({e["fullUrl"] for e in fhir.bundle(answer, who)["entry"]} for who in ("a", "b"))
    assert len(mine & other) == 1  # the device


def test_an_order_in_hand_that_can_harm_is_an_issue() -> None:
    """Magnesium by vein at a creatinine of 5 mg/dL, being ordered."""
    record = Record(as_of=NOW)
    record.add("patients", "p", birth=NOW - 70 * YEAR, birth_precision="day", sex="male")
    for text, value in (("magnesium", 1.1), ("creatinine", 5.0)):
        result = {"value": value, "unit_text": "mg/dL", "start": NOW, "start_precision": "second", "status": "final"}
        record.add("observations", "p", text=text, **result)
    drug = {"text": "magnesium sulfate", "kind": "drafted", "status": "draft", "route": "IV"}
    record.add("medications", "p", source_ref="MedicationRequest/d", **drug)
    (answer,) = answers(record).values()
    issues = [
        e["resource"] for e in fhir.bundle(answer, "p")["entry"] if e["resource"]["resourceType"] == "DetectedIssue"
    ]
    about = [
        i for i in issues if {"reference": "MedicationRequest/d", "display": "magnesium sulfate"} in i["implicated"]
    ]
    assert "high" in {issue["severity"] for issue in about}
    for issue in about:
        assert fhirkit.validate(fhir.write(issue)) == []
        assert wrong_codes(issue) == []


def test_a_transaction_updates_what_it_made_before() -> None:
    made = fhir.bundle(people()["published"], "a", transaction=True)
    assert made["type"] == "transaction"
    for entry in made["entry"]:
        resource = entry["resource"]
        assert entry["request"] == {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"}
    assert fhirkit.validate(fhir.write(made)) == []


def test_facts_of_a_fhir_source_are_linked() -> None:
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"resource": {"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1950-01-01"}},
            {
                "resource": {
                    "resourceType": "Observation",
                    "id": "o1",
                    "status": "final",
                    "code": {"coding": [{"system": "http://loinc.org", "code": "19123-9"}]},
                    "subject": {"reference": "Patient/p1"},
                    "effectiveDateTime": "2026-01-02T08:00:00Z",
                    "valueQuantity": {"value": 1.0, "unit": "mg/dL"},
                }
            },
        ],
    }
    text = json.dumps(bundle).replace('"value": 1.0', '"value": 1.00')
    ((who, answer),) = answers(read(text.encode())).items()
    made = fhir.write(fhir.bundle(answer, who))
    assert '"reference": "Observation/o1"' in made and '"reference": "Patient/p1"' in made
    assert "1.00 mg/dL" in made  # as the source wrote it


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (8.12, "8.12"),
        (0.6666, "0.6666"),
        (20.0, "20"),
        (100.0, "100"),
        (0.0001, "0.0001"),
        (2, "2"),
        (1e22, "1" + "0" * 22),
    ],
)
def test_numbers_are_written_as_they_are(value: float, text: str) -> None:
    assert fhir.write({"n": number(value)}) == '{\n  "n": ' + text + "\n}"


def test_a_float_is_refused_and_decimals_keep_their_zeros() -> None:
    with pytest.raises(TypeError, match="float"):
        fhir.write({"n": 0.1})
    assert fhir.write([Decimal("1.10"), True, 3, 'a"b']) == '[\n  1.10,\n  true,\n  3,\n  "a\\"b"\n]'
    assert full(a=[{}, {"b": [None, ""]}], c={"d": {}}, e=False) == {"e": False}
