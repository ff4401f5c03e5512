"""Every element that changes the meaning of a resource is honoured or refused: the rows of docs/reference/fhir.md."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.read.people import bundle, concept, drug, magnesium, patient, problem, quantity, sealed

from hypomag.read import fhir
from hypomag.record import Record, Refused, seal

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "fhir.md"
MODIFIER = [{"url": "http://example.org/negated", "valueBoolean": True}]

# isModifier elements of R4 4.0.1, from its StructureDefinitions, of the types that are read and those referred to.
R4_MODIFIERS = [
    "Patient.active",
    "Patient.deceased[x]",
    "Patient.link",
    "Observation.status",
    "MedicationRequest.status",
    "MedicationRequest.intent",
    "MedicationRequest.doNotPerform",
    "MedicationStatement.status",
    "MedicationAdministration.status",
    "MedicationDispense.status",
    "Medication.status",
    "Condition.clinicalStatus",
    "Condition.verificationStatus",
    "Procedure.status",
    "ServiceRequest.status",
    "ServiceRequest.intent",
    "ServiceRequest.doNotPerform",
    "QuestionnaireResponse.status",
    "Encounter.status",
    "AllergyIntolerance.clinicalStatus",
    "AllergyIntolerance.verificationStatus",
    "Specimen.status",
    "DiagnosticReport.status",
    "Location.status",
    "Quantity.comparator",
    "Bundle.entry.modifierExtension",
    "Observation.component.modifierExtension",
    "Observation.referenceRange.modifierExtension",
    "Dosage.modifierExtension",
    "Timing.modifierExtension",
    "MedicationAdministration.dosage.modifierExtension",
    "Medication.modifierExtension",
    "Medication.ingredient.modifierExtension",
    "Specimen.modifierExtension",
]


def reasons(record: Record) -> list[str]:
    return [reject.reason for reject in record.rejects]


@pytest.mark.parametrize("element", R4_MODIFIERS)
def test_the_page_says_what_is_done_with_every_modifier(element):
    assert f"`{element}" in PAGE.read_text("utf-8")


def void(kind, **more):
    return {"resourceType": kind, "id": "x", "status": "finished", "subject": {"reference": "Patient/a"}} | more


LIFTED = [
    magnesium(),
    drug(),
    drug("MedicationStatement"),
    drug("MedicationAdministration"),
    drug("MedicationDispense"),
    problem(),
    void("Procedure", status="completed", code=concept("colectomy")),
    void("ServiceRequest", status="active", intent="order", code=concept("magnesium")),
    void("Encounter"),
    {"resourceType": "AllergyIntolerance", "id": "y", "patient": {"reference": "Patient/a"}, "code": concept("egg")},
]


@pytest.mark.parametrize("resource", LIFTED, ids=lambda r: r["resourceType"])
@pytest.mark.parametrize("element", ["modifierExtension", "implicitRules"])
def test_what_may_turn_the_meaning_round_rejects_the_resource(resource, element):
    assert sealed(resource).lifted == 2
    record = sealed(resource | {element: MODIFIER})
    assert (record.lifted, len(record.rejects)) == (1, 1)
    assert not any(facts for name, facts in record.tables.items() if name not in ("patients", "observations"))
    # a result stands without a value: it may be the newest of its test
    assert [(f["status"], f["value"]) for f in record.tables["observations"]] in ([], [("unknown", None)])


@pytest.mark.parametrize("resource", [r for r in LIFTED if "status" in r], ids=lambda r: r["resourceType"])
@pytest.mark.parametrize("status", ["nope", "FINAL", "", None])
def test_a_status_that_is_no_code_of_r4_rejects_the_resource(resource, status):
    wrong = {k: v for k, v in (resource | {"status": status}).items() if v is not None}
    record = sealed(wrong)
    assert record.lifted == 1 and "status" in reasons(record)[0]


@pytest.mark.parametrize(
    "status", ["entered-in-error", "cancelled", "preliminary", "corrected", "registered", "unknown"]
)
def test_the_status_of_a_result_is_lifted_for_the_rules(status):
    assert [f["status"] for f in sealed(magnesium(status=status)).tables["observations"]] == [status]


def test_implicit_rules_of_a_bundle_refuse_it():
    with pytest.raises(Refused, match="implicitRules"):
        fhir.lift(bundle(magnesium(), implicitRules="http://example.org/rules"))


def test_a_modifier_on_an_entry_rejects_the_entry():
    document = bundle(magnesium())
    document["entry"][1]["modifierExtension"] = MODIFIER
    record = seal(fhir.lift(document))
    assert (record.received, record.lifted, len(record.rejects)) == (2, 1, 1)


def test_a_page_of_several_is_said():
    record = sealed(magnesium(), link=[{"relation": "next", "url": "x"}])
    assert record.lifted == 2 and "next page" in reasons(record)[0]


def test_patient_active_false_links_and_death_are_said_or_lifted():
    document = {"resourceType": "Bundle", "entry": []}
    one = patient(active=False, link=[{"type": "replaced-by", "other": {}}], deceasedDateTime="2024-05")
    document["entry"] = [{"resource": one}]
    record = seal(fhir.lift(document))
    assert {r.source_ref for r in record.rejects} == {"Patient/a active", "Patient/a link"}
    (row,) = record.tables["patients"]
    assert (row["deceased"], row["until"]) == (1, 1717199999)  # the last second of May 2024
    assert seal(fhir.lift([patient(deceasedBoolean=True)])).tables["patients"][0]["deceased"] == 1
    assert seal(fhir.lift([patient(deceasedBoolean=False)])).tables["patients"][0]["deceased"] == 0
    assert seal(fhir.lift([patient()])).tables["patients"][0]["deceased"] is None


def test_a_component_with_a_modifier_is_left_out_and_the_other_stays():
    parts = [
        {"code": concept("systolic"), "valueQuantity": quantity(120, "mm[Hg]"), "modifierExtension": MODIFIER},
        {"code": concept("diastolic"), "valueQuantity": quantity(80, "mm[Hg]")},
    ]
    record = sealed(magnesium(valueQuantity=None, component=parts))
    assert [f["text"] for f in record.tables["observations"]] == ["diastolic"]
    assert [r.source_ref for r in record.rejects] == ["Observation/mg component[0]"]


def test_a_reference_range_with_a_modifier_is_left_out():
    ranges = [{"low": quantity(1.6), "high": quantity(2.6), "modifierExtension": MODIFIER}]
    record = sealed(magnesium(referenceRange=ranges))
    (result,) = record.tables["observations"]
    assert (result["value"], result["ref_low"]) == (1.3, None) and len(record.rejects) == 1


@pytest.mark.parametrize("beside", [{}, {"valueQuantity": quantity(1.3)}])
def test_data_absent_reason_is_a_row_without_a_value(beside):
    result = magnesium(valueQuantity=None, dataAbsentReason=concept("specimen haemolysed")) | beside
    record = sealed(result)
    (fact,) = record.tables["observations"]
    assert (fact["value"], fact["value_text"], fact["note"]) == (None, "", "specimen haemolysed")
    assert len(record.rejects) == len(beside)  # a value beside it is said to be left out


def test_two_values_of_one_result_reject_it():
    record = sealed(magnesium(valueString="1.9 mg/dL"))
    assert record.lifted == 1 and "twice" in reasons(record)[0]
    record = sealed(magnesium(valueQuantity=None, valueString="1.9", valueInteger=2))
    assert record.lifted == 1 and "twice" in reasons(record)[0]


@pytest.mark.parametrize("comparator", ["<", "<=", ">=", ">"])
def test_a_comparator_is_lifted(comparator):
    (fact,) = sealed(magnesium(valueQuantity=quantity(0.5, comparator=comparator))).tables["observations"]
    assert (fact["comparator"], fact["value"], fact["value_text"]) == (comparator, 0.5, f"{comparator}0.5")


@pytest.mark.parametrize("comparator", ["ad", "~", "=", ""])
def test_an_unknown_comparator_takes_the_number_away(comparator):
    record = sealed(magnesium(valueQuantity=quantity(0.5, comparator=comparator)))
    (fact,) = record.tables["observations"]
    assert (fact["comparator"], fact["value"], fact["value_text"]) == ("", None, f"{comparator}0.5")
    assert [r.source_ref for r in record.rejects] == ["Observation/mg valueQuantity.comparator"]


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"intent": "order"}, "ordered"),
        ({"intent": "instance-order"}, "ordered"),
        ({"intent": "plan"}, "planned"),
        ({"intent": "proposal"}, "planned"),
        ({"intent": "option"}, "planned"),
        ({"intent": "plan", "reportedBoolean": True}, "reported"),
        ({"intent": "order", "reportedReference": {"reference": "Patient/a"}}, "reported"),
    ],
)
def test_the_intent_of_a_prescription_is_its_kind(more, kind):
    assert [f["kind"] for f in sealed(drug(**more)).tables["medications"]] == [kind]


@pytest.mark.parametrize("intent", ["nope", "directive", None])
def test_an_unknown_intent_rejects_the_prescription(intent):
    resource = {k: v for k, v in (drug() | {"intent": intent}).items() if v is not None}
    assert sealed(resource).lifted == 1


@pytest.mark.parametrize("intent", ["proposal", "plan", "option", "nope", None])
def test_what_is_only_proposed_is_no_order(intent):
    resource = LIFTED[7] | {"intent": intent}
    record = sealed({k: v for k, v in resource.items() if v is not None})
    assert record.lifted == 1 and not record.tables["orders"] and "intent" in reasons(record)[0]


@pytest.mark.parametrize("resource", [LIFTED[1], LIFTED[7]], ids=["MedicationRequest", "ServiceRequest"])
def test_do_not_perform_is_no_prescription_and_no_order(resource):
    record = sealed(resource | {"doNotPerform": True})
    assert record.lifted == 1 and "doNotPerform" in reasons(record)[0]
    assert sealed(resource | {"doNotPerform": False}).lifted == 2
    assert sealed(resource | {"doNotPerform": "false"}).lifted == 1  # not true or false: refused, not guessed


STATUSES = [
    ({"clinicalStatus": "active"}, ("active", None, None)),
    ({"clinicalStatus": "recurrence"}, ("recurrence", None, None)),
    ({"clinicalStatus": "resolved"}, ("resolved", None, 1)),
    ({"clinicalStatus": "inactive"}, ("inactive", None, 1)),
    ({"clinicalStatus": "remission"}, ("remission", None, 1)),
    ({"clinicalStatus": "active", "verificationStatus": "confirmed"}, ("active", None, None)),
    ({"clinicalStatus": "active", "verificationStatus": "unconfirmed"}, ("unconfirmed", None, None)),
    ({"clinicalStatus": "active", "verificationStatus": "differential"}, ("differential", None, None)),
    ({"verificationStatus": "refuted"}, ("refuted", 1, None)),
    ({"verificationStatus": "entered-in-error"}, ("entered-in-error", None, None)),
    ({}, ("", None, None)),
]


def codes(said):
    return {name: {"coding": [{"system": "http://x", "code": code}]} for name, code in said.items()}


@pytest.mark.parametrize(("said", "expected"), STATUSES)
def test_the_two_statuses_of_a_condition(said, expected):
    (fact,) = sealed(problem(**codes(said))).tables["conditions"]
    assert (fact["status"], fact["negated"], fact["past"]) == expected


@pytest.mark.parametrize("element", ["clinicalStatus", "verificationStatus"])
@pytest.mark.parametrize("resource", [LIFTED[5], LIFTED[9]], ids=["Condition", "AllergyIntolerance"])
def test_a_status_of_a_condition_that_is_no_code_of_r4_rejects_it(resource, element):
    assert sealed(resource | codes({element: "nope"})).lifted == 1


@pytest.mark.parametrize(
    ("ended", "until", "past"),
    [
        ({"abatementDateTime": "2024-05"}, 1717199999, None),
        ({"abatementPeriod": {"start": "2024-01", "end": "2024-05"}}, 1717199999, None),
        ({"abatementString": "resolved some time ago"}, None, 1),
        ({"abatementAge": quantity(60, "a")}, -625752000 + int(60.5 * 365.25 * 86400), None),
    ],
)
def test_abatement_is_an_end_or_past(ended, until, past):
    (fact,) = sealed(problem(**ended)).tables["conditions"]
    assert (fact["until"], fact["past"]) == (until, past)


def test_a_procedure_that_was_not_done_is_negated():
    assert [f["negated"] for f in sealed(LIFTED[6] | {"status": "not-done"}).tables["procedures"]] == [1]
    assert [f["negated"] for f in sealed(LIFTED[6]).tables["procedures"]] == [None]


def with_specimen(**more):
    text_only = magnesium(code=concept("Magnesium"), specimen={"reference": "Specimen/s"})
    return text_only, {"resourceType": "Specimen", "id": "s", "type": concept("Serum")} | more


@pytest.mark.parametrize(
    ("more", "specimen", "note"),
    [
        ({}, "Serum", ""),
        ({"type": concept("Urine")}, "Urine", ""),
        ({"status": "unsatisfactory"}, "Serum", "specimen unsatisfactory"),
        ({"status": "entered-in-error"}, "unknown specimen", ""),
        ({"modifierExtension": MODIFIER}, "unknown specimen", ""),
        ({"implicitRules": "http://x"}, "unknown specimen", ""),
        ({"type": None}, "unknown specimen", ""),
        ({"id": "another"}, "unknown specimen", ""),  # named, but not in the input
    ],
)
def test_a_specimen_is_what_it_is_or_unknown(more, specimen, note):
    (fact,) = sealed(*with_specimen(**more)).tables["observations"]
    assert (fact["specimen"], fact["note"]) == (specimen, note)


def test_a_loinc_code_names_the_specimen_itself():
    (fact,) = sealed(magnesium(specimen={"reference": "Specimen/gone"})).tables["observations"]
    assert fact["specimen"] == ""


def report(**more):
    contained = [magnesium(id="k", subject=None), magnesium(id="stray", subject=None)]
    return void("DiagnosticReport", status="final", result=[{"reference": "#k"}], contained=contained) | more


@pytest.mark.parametrize(("status", "expected"), [("final", "final"), ("cancelled", "cancelled")])
def test_results_contained_in_a_report_that_names_them(status, expected):
    record = sealed(report(status=status))
    assert [f["status"] for f in record.tables["observations"]] == [expected]


def test_a_relatives_disease_and_other_types_are_ignored_and_counted():
    family = {"resourceType": "FamilyMemberHistory", "id": "f", "patient": {"reference": "Patient/a"}}
    record = sealed(family | {"condition": [{"code": concept("seizure")}]}, void("Immunization"), void("Goal"))
    assert record.ignored == {"FamilyMemberHistory": 1, "Immunization": 1, "Goal": 1}
    assert not record.tables["conditions"]
