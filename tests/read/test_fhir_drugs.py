"""FHIR R4: drugs, orders and places."""

from __future__ import annotations

import pytest
from tests.read.people import (
    RXNORM,
    concept,
    drug,
    entries,
    magnesium,
    only,
    patient,
    problem,
    quantity,
    sealed,
)

from hypomag.read import fhir
from hypomag.record import seal

# Drugs


def dosed(*instructions, **more):
    return only(sealed(drug(dosageInstruction=list(instructions), **more)), "medications")


TWO_DAYS = {"start": "2001-01-01", "end": "2001-01-02"}
REPEAT = {"frequency": 2, "period": 1, "periodUnit": "d"}


@pytest.mark.parametrize(
    ("timing", "a_day"),
    [
        ({"repeat": REPEAT}, 2),
        ({"repeat": REPEAT | {"period": 8, "periodUnit": "h", "frequency": 1}}, 3),
        ({"repeat": REPEAT | {"period": 1, "periodUnit": "wk"}}, 2 / 7),
        ({"repeat": REPEAT | {"frequencyMax": 3}}, None),
        ({"repeat": {"period": 1, "periodUnit": "d"}}, 1),
        ({"code": {"coding": [{"code": "TID"}]}}, 3),
        ({"code": {"text": "QOD"}}, 0.5),
        ({"code": {"text": "when it rains"}}, None),
        ({"event": ["2024"]}, None),
    ],
)
def test_doses_a_day(timing, a_day):
    assert dosed({"timing": timing})["frequency"] == (None if a_day is None else pytest.approx(a_day))


def test_a_dose_as_it_is_written():
    one = {
        "text": "2 g over 2 h",
        "route": concept("IV"),
        "timing": {"repeat": REPEAT | {"boundsDuration": quantity(3, "d")}},
        "doseAndRate": [{"doseQuantity": quantity(2, "g"), "rateQuantity": quantity(1, "g/h")}],
    }
    fact = dosed(one)
    columns = ("dose", "dose_unit", "rate", "rate_unit", "route", "frequency", "duration_text", "dose_text")
    assert [fact[c] for c in columns] == [2.0, "g", 1.0, "g/h", "IV", 2.0, "3 d", "2 g over 2 h"]
    assert dosed(one | {"asNeededBoolean": True})["frequency"] is None
    two = dosed(one, one | {"text": "then 1 g"})
    assert [two[c] for c in columns] == [None, "", None, "", "IV", None, "", "2 g over 2 h; then 1 g"]


@pytest.mark.parametrize(
    ("below", "unit"), [(quantity(1, "h"), "mL/h"), (quantity(8, "h"), "mL/8 h"), (quantity(0, "h"), "")]
)
def test_a_rate_as_a_ratio_is_not_reckoned(below, unit):
    ratio = {"rateRatio": {"numerator": quantity(100, "mL"), "denominator": below}}
    fact = dosed({"doseAndRate": [ratio]})
    assert (fact["rate"], fact["rate_unit"]) == (100.0 if unit else None, unit)


def test_a_range_of_doses_is_no_dose():
    assert dosed({"text": "1 to 2 g", "doseAndRate": [{"doseRange": {}}]})["dose"] is None


@pytest.mark.parametrize(
    ("more", "start", "until"),
    [
        ({"authoredOn": "2001-01-01"}, 978350400, None),
        ({"authoredOn": "2002", "dispenseRequest": {"validityPeriod": TWO_DAYS}}, 978350400, None),
        ({"dosageInstruction": [{"timing": {"repeat": {"boundsPeriod": TWO_DAYS}}}]}, 978350400, 978479999),
        ({}, None, None),
    ],
)  # fmt: skip
def test_when_a_prescription_runs(more, start, until):
    fact = only(sealed(drug(**more)), "medications")
    assert (fact["start"], fact["until"]) == (start, until)


def by_reference(reference, **more):
    return drug(medicationCodeableConcept=None, medicationReference={"reference": reference} | more)


def test_a_medication_by_reference_contained_in_the_bundle_or_only_named():
    found = {"resourceType": "Medication", "id": "m", "code": concept("omeprazole", RXNORM, "7646")}
    for reference in ("Medication/m", "http://h/fhir/Medication/m", "urn:uuid:33"):
        document = entries(("urn:uuid:1", patient()), ("urn:uuid:33", found), ("urn:uuid:2", by_reference(reference)))
        assert only(seal(fhir.lift(document)), "medications")["code"] == "7646"
    inside = by_reference("#m") | {"contained": [found]}
    assert only(sealed(inside), "medications")["code"] == "7646"
    named = only(sealed(by_reference("Medication/gone", display="omeprazole 20 mg")), "medications")
    assert (named["text"], named["code"]) == ("omeprazole 20 mg", "")
    lost = sealed(by_reference("Medication/gone"))
    assert not lost.tables["medications"] and "not in the input" in lost.rejects[0].reason
    elsewhere = entries(
        ("http://h/fhir/Patient/a", patient()), ("http://h/fhir/Medication/m", found),
        ("http://h/fhir/MedicationRequest/x", by_reference("http://other/fhir/Medication/m")),
    )  # fmt: skip
    assert not fhir.lift(elsewhere).tables["medications"]


def test_the_ingredients_of_a_medication_are_its_further_codes():
    parts = [
        {"itemCodeableConcept": concept("magnesium oxide", RXNORM, "6582")},
        {"itemCodeableConcept": concept("zinc")},
    ]
    found = {"resourceType": "Medication", "id": "m", "ingredient": parts}
    record = sealed(by_reference("#m") | {"contained": [found]})
    assert only(record, "medications")["text"] == "magnesium oxide / zinc"
    assert [(c["system"], c["code"]) for c in record.tables["codings"]] == [("rxnorm", "6582")]


@pytest.mark.parametrize(
    ("kind", "expected", "when"),
    [
        ("MedicationStatement", "reported", {"effectiveDateTime": "2001-01-01"}),
        ("MedicationAdministration", "given", {"effectivePeriod": {"start": "2001-01-01"}}),
        ("MedicationDispense", "dispensed", {"whenHandedOver": "2001-01-01"}),
        ("MedicationDispense", "dispensed", {"whenPrepared": "2001-01-01"}),
    ],
)
def test_kinds_of_medication(kind, expected, when):
    fact = only(sealed(drug(kind, **when)), "medications")
    assert (fact["kind"], fact["start"]) == (expected, 978350400)


@pytest.mark.parametrize(
    ("supply", "days"),
    [
        ({"value": 30, "unit": "d"}, 30),
        ({"value": 4, "unit": "Weeks"}, 28),
        ({"value": 3, "code": "mo", "unit": "months"}, 91.3125),
        ({"value": 90}, 90),
        ({"value": 90, "unit": "{tbl}"}, None),
        ({"value": 30, "comparator": ">"}, None),
        ({"value": 0, "unit": "d"}, None),
        (None, None),
    ],
)
def test_what_was_handed_out_runs_out(supply, days):
    fact = only(
        sealed(drug("MedicationDispense", whenHandedOver="2001-01-01T12:00:00Z", daysSupply=supply)), "medications"
    )
    assert fact["until"] == (None if days is None else 978350400 + int(days * 86400))


def test_a_supply_handed_out_on_no_day_has_no_end_and_an_odd_unit_is_said():
    assert only(sealed(drug("MedicationDispense", daysSupply={"value": 30})), "medications")["until"] is None
    odd = sealed(drug("MedicationDispense", whenHandedOver="2001", daysSupply={"value": 90, "unit": "{tbl}"}))
    assert [reject.reason for reject in odd.rejects] == ["no length of time: 90 {tbl}"]
    endless = sealed(drug("MedicationDispense", whenHandedOver="2001", daysSupply={"value": 10**30}))
    assert only(endless, "medications")["until"] is None  # no engine holds so many seconds
    assert [reject.reason for reject in endless.rejects] == [f"no length of time: {10**30}"]


def test_the_supply_of_a_prescription_ends_no_treatment():
    asked = {"authoredOn": "2001", "dispenseRequest": {"expectedSupplyDuration": {"value": 30, "unit": "d"}}}
    assert only(sealed(drug(**asked)), "medications")["until"] is None


def test_no_medication_or_two_is_rejected():
    assert sealed(drug(medicationCodeableConcept=None)).lifted == 1
    assert sealed(drug(medicationReference={"display": "zinc"})).lifted == 1


# What changes the meaning of a drug

MODIFIER = [{"url": "http://example.org/negated", "valueBoolean": True}]
DOSE = {"text": "20 mg", "doseAndRate": [{"doseQuantity": quantity(20, "mg")}]}


@pytest.mark.parametrize(
    "resource",
    [
        drug(dosageInstruction=[DOSE | {"modifierExtension": MODIFIER}]),
        drug(dosageInstruction=[DOSE | {"timing": {"modifierExtension": MODIFIER}}]),
        drug("MedicationStatement", dosage=[DOSE | {"modifierExtension": MODIFIER}]),
        drug("MedicationDispense", dosageInstruction=[DOSE | {"modifierExtension": MODIFIER}]),
        drug("MedicationAdministration", dosage={"dose": quantity(20, "mg"), "modifierExtension": MODIFIER}),
    ],
    ids=["dosage", "timing", "statement", "dispense", "administration"],
)
def test_a_dosage_with_a_modifier_is_left_out_and_the_drug_stays(resource):
    record = sealed(resource)
    (fact,) = record.tables["medications"]
    assert (fact["text"], fact["dose"], fact["dose_text"]) == ("omeprazole", None, "") and len(record.rejects) == 1


def referred(**more):
    found = {"resourceType": "Medication", "id": "m", "status": "active", "code": concept("omeprazole")} | more
    return drug(medicationCodeableConcept=None, medicationReference={"reference": "Medication/m"}), found


@pytest.mark.parametrize(
    "more", [{"status": "entered-in-error"}, {"modifierExtension": MODIFIER}, {"implicitRules": "http://x"}]
)
def test_a_medication_that_may_not_be_used_rejects_what_refers_to_it(more):
    assert sealed(*referred()).tables["medications"][0]["text"] == "omeprazole"
    record = sealed(*referred(**more))
    assert not record.tables["medications"] and "its Medication" in record.rejects[0].reason


def test_an_ingredient_with_a_modifier_is_left_out():
    parts = [
        {"itemCodeableConcept": concept("magnesium oxide"), "modifierExtension": MODIFIER},
        {"itemCodeableConcept": concept("zinc")},
    ]
    record = sealed(*referred(code={}, ingredient=parts))
    assert [f["text"] for f in record.tables["medications"]] == ["zinc"]


# Orders, places


@pytest.mark.parametrize("reference", ["ServiceRequest/o", "urn:uuid:44", "http://h/fhir/ServiceRequest/o/_history/2"])
def test_a_result_names_the_order_it_answers(reference):
    order = {
        "resourceType": "ServiceRequest", "id": "o", "status": "active", "intent": "order",
        "code": concept("magnesium"), "subject": {"reference": "Patient/a"}, "authoredOn": "2001-01-01",
    }  # fmt: skip
    url = reference.split("/_history")[0] if ":" in reference else "urn:uuid:44"
    document = entries(
        ("urn:uuid:1", patient()), (url, order), ("urn:uuid:2", magnesium(basedOn=[{"reference": reference}]))
    )
    record = seal(fhir.lift(document))
    assert only(record)["order_ref"] == only(record, "orders")["source_ref"] == "ServiceRequest/o"
    assert only(record, "orders")["start"] == 978350400


def test_an_encounter_has_a_class_a_period_and_a_ward():
    places = [
        {"location": {"display": "Emergency"}, "status": "completed"},
        {"location": {"reference": "Location/icu"}},
    ]
    record = sealed(
        {"resourceType": "Encounter", "id": "e", "status": "in-progress", "class": {"code": "IMP"},
         "subject": {"reference": "Patient/a"}, "period": {"start": "2001-01-01"}, "location": places},
        {"resourceType": "Location", "id": "icu", "name": "Intensive care"},
    )  # fmt: skip
    fact = only(record, "encounters")
    assert (fact["class"], fact["ward"], fact["start"]) == ("IMP", "Intensive care", 978350400)


def test_a_symptom_may_be_named_by_its_category():
    assert only(sealed(problem(category=[concept("Symptom")])), "conditions")["kind"] == "symptom"
    assert only(sealed(problem(category=[concept("problem-list-item")])), "conditions")["kind"] == "condition"
