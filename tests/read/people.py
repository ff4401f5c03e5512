"""FHIR resources to take apart in tests: small ones, and one patient whose Bundle has every element that is read."""

from __future__ import annotations

import copy
from typing import Any

from hypomag.read import fhir
from hypomag.record import Record, seal

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SNOMED = "http://snomed.info/sct"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
ME = {"reference": "Patient/a"}


def quantity(value: Any, unit: str = "mg/dL", **more: Any) -> dict[str, Any]:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit} | more


def concept(text: str, system: str | None = None, code: str | None = None) -> dict[str, Any]:
    coding = {"coding": [{"system": system, "code": code, "display": text}]} if code else {}
    return {"text": text} | coding


def magnesium(**more: Any) -> dict[str, Any]:
    """A serum magnesium of 1.3 mg/dL; a keyword of None takes an element out."""
    resource = {
        "resourceType": "Observation",
        "id": "mg",
        "status": "final",
        "code": concept("Magnesium", LOINC, "19123-9"),
        "subject": dict(ME),
        "effectiveDateTime": "2024-05-29T06:00:00Z",
        "valueQuantity": quantity(1.3),
    } | more
    return {key: value for key, value in resource.items() if value is not None}


def drug(kind: str = "MedicationRequest", **more: Any) -> dict[str, Any]:
    resource = {
        "resourceType": kind,
        "id": "ppi",
        "status": "completed" if kind in ("MedicationAdministration", "MedicationDispense") else "active",
        "medicationCodeableConcept": concept("omeprazole", RXNORM, "7646"),
        "subject": ME,
    } | more
    if kind == "MedicationRequest":
        resource.setdefault("intent", "order")
    return {key: value for key, value in resource.items() if value is not None}


def problem(**more: Any) -> dict[str, Any]:
    resource = {"resourceType": "Condition", "id": "c", "subject": ME, "code": concept("diarrhoea", ICD10, "R19.7")}
    return {key: value for key, value in (resource | more).items() if value is not None}


def patient(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": "a", "gender": "female", "birthDate": "1950-03-04"} | more


def bundle(*resources: Any, **more: Any) -> dict[str, Any]:
    """A Bundle with patient a and these resources."""
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in (patient(), *resources)],
    } | more


def everything() -> dict[str, Any]:
    """A Bundle in which every element that is read stands at least once."""
    period = {"start": "2024-05-01", "end": "2024-05-20T10:00:00+02:00"}
    timing = {
        "repeat": {"frequency": 2, "period": 1, "periodUnit": "d", "boundsPeriod": period},
        "code": concept("BID"),
    }
    per_hour = {"numerator": quantity(1, "mL"), "denominator": quantity(1, "h")}
    dosage = {
        "text": "20 mg twice a day",
        "timing": timing,
        "route": concept("oral"),
        "asNeededBoolean": False,
        "doseAndRate": [{"doseQuantity": quantity(20, "mg"), "rateRatio": per_hour}],
    }
    ranges = [
        {"low": quantity(1.6), "high": quantity(2.6), "type": concept("normal"), "appliesTo": [concept("female")]},
        {"low": quantity(1.8), "high": quantity(2.6), "age": {"low": quantity(0, "a"), "high": quantity(12, "a")}},
        {"text": "1.7-2.4 mg/dL"},
    ]
    parts = [
        {"code": concept("systolic"), "valueQuantity": quantity(105, "mm[Hg]"), "referenceRange": ranges},
        {"code": concept("diastolic"), "dataAbsentReason": concept("unknown")},
        {"code": concept("tetany"), "valueBoolean": True},
        {"code": concept("titre"), "valueRatio": {"numerator": quantity(1), "denominator": quantity(128)}},
        {"code": concept("range"), "valueRange": {"low": quantity(1), "high": quantity(2)}},
        {"code": concept("count"), "valueInteger": 15, "interpretation": [concept("N")]},
    ]
    given = {"text": "2 g", "dose": quantity(2, "g"), "route": concept("IV"), "rateQuantity": quantity(1, "g/h")}
    ward = {"location": {"reference": "Location/icu"}, "status": "active"}
    found = bundle(
        patient(active=True, deceasedBoolean=False, link=[{"type": "seealso", "other": ME}]),
        magnesium(
            issued="2024-05-29T08:00:00Z", referenceRange=ranges, interpretation=[concept("low")],
            note=[{"text": "haemolysed"}], specimen={"reference": "Specimen/s"}, bodySite=concept("left arm"),
            basedOn=[{"reference": "ServiceRequest/o"}],
        ),
        magnesium(id="p", valueQuantity=None, effectiveDateTime=None, effectivePeriod=period, hasMember=[ME],
                  component=parts),
        magnesium(id="w", valueQuantity=None, valueString="<0.5 mg/dL", effectiveDateTime=None,
                  effectiveTiming={"event": ["2024-05-01", "2024-05-02"], "repeat": {"boundsPeriod": period}}),
        magnesium(id="v", valueQuantity=None, valueCodeableConcept=concept("Low"), effectiveDateTime=None,
                  effectiveInstant="2024-05-29T06:00:00.123+02:00"),
        {"resourceType": "Specimen", "id": "s", "status": "available", "type": concept("Serum"), "subject": ME,
         "condition": [concept("haemolysed")]},
        {"resourceType": "ServiceRequest", "id": "o", "status": "active", "intent": "order", "doNotPerform": False,
         "code": concept("Magnesium", LOINC, "19123-9"), "subject": ME, "authoredOn": "2024-05-28T10:00:00Z",
         "occurrencePeriod": period},
        drug(dosageInstruction=[dosage], authoredOn="2024-05-01", reportedBoolean=False, doNotPerform=False,
             dispenseRequest={"validityPeriod": period, "expectedSupplyDuration": quantity(30, "d")}),
        drug("MedicationStatement", id="s1", dosage=[dosage, dosage], effectivePeriod=period,
             dateAsserted="2024-05-02"),
        drug("MedicationAdministration", id="a1", effectiveDateTime="2024-05-02T10:00:00Z", dosage=given),
        drug("MedicationDispense", id="d1", whenHandedOver="2024-05-02T10:00:00Z", whenPrepared="2024-05-02T09:00:00Z",
             daysSupply=quantity(30, "d"), dosageInstruction=[dosage], medicationCodeableConcept=None,
             medicationReference={"reference": "#m"},
             contained=[{"resourceType": "Medication", "id": "m", "status": "active", "code": {},
                         "ingredient": [{"itemCodeableConcept": concept("magnesium oxide", RXNORM, "6582")}]}]),
        problem(clinicalStatus=concept("a", "x", "active"), verificationStatus=concept("c", "x", "confirmed"),
                category=[concept("Symptom")], onsetDateTime="2019", abatementString="gone", recordedDate="2024-05-01"),
        problem(id="c2", onsetAge=quantity(60, "a"), abatementDateTime="2023"),
        {"resourceType": "Procedure", "id": "op", "status": "completed", "code": concept("colectomy", SNOMED, "1"),
         "subject": ME, "performedPeriod": period},
        {"resourceType": "Encounter", "id": "e", "status": "finished", "class": {"code": "IMP", "display": "inpatient"},
         "subject": ME, "period": period, "location": [ward]},
        {"resourceType": "Location", "id": "icu", "name": "Intensive care"},
        {"resourceType": "AllergyIntolerance", "id": "al", "patient": ME, "code": concept("penicillin"),
         "clinicalStatus": concept("a", "x", "active"), "verificationStatus": concept("c", "x", "confirmed"),
         "onsetString": "2001", "recordedDate": "2020-01-01"},
        {"resourceType": "DiagnosticReport", "id": "r", "status": "final", "subject": ME,
         "result": [{"reference": "#k"}], "contained": [magnesium(id="k", code=concept("potassium"))]},
        {"resourceType": "FamilyMemberHistory", "id": "f", "status": "completed", "patient": ME,
         "condition": [{"code": concept("seizure")}]},
        {"resourceType": "Immunization", "id": "i", "status": "completed", "patient": ME},
        type="searchset", link=[{"relation": "self", "url": "x"}],
    )  # fmt: skip
    return copy.deepcopy(found)  # no two places share an object


def sealed(*resources: Any, **more: Any) -> Record:
    """The sealed record of patient a and these resources."""
    return seal(fhir.lift(bundle(*resources, **more)))


def only(record: Record, table: str = "observations") -> dict[str, Any]:
    """The one fact of a table."""
    (fact,) = record.tables[table]
    return fact


def entries(*pairs: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """A Bundle of resources under their full URLs."""
    return {"resourceType": "Bundle", "entry": [{"fullUrl": url, "resource": one} for url, one in pairs]}
