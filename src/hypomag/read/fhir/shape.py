"""Where a resource has the wrong JSON type, said by its path.

Looked at only after a resource could not be lifted; the types here are those of the elements that are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypomag.read.json_text import is_number

TEXT, NUMBER, FLAG = "text", "a number", "true or false"
CODING = {"system": TEXT, "code": TEXT, "display": TEXT}
CONCEPT = {"coding": [CODING], "text": TEXT}
REFERENCE = {"reference": TEXT, "display": TEXT}
QUANTITY = {"value": NUMBER, "comparator": TEXT, "unit": TEXT, "system": TEXT, "code": TEXT}
PERIOD = {"start": TEXT, "end": TEXT}
RANGE = {"low": QUANTITY, "high": QUANTITY}
RATIO = {"numerator": QUANTITY, "denominator": QUANTITY}
TIMING = {
    "event": [TEXT],
    "repeat": {
        "boundsPeriod": PERIOD, "boundsDuration": QUANTITY, "frequency": NUMBER, "frequencyMax": NUMBER,
        "period": NUMBER, "periodMax": NUMBER, "periodUnit": TEXT,
    },
    "code": CONCEPT,
}  # fmt: skip
DOSE = {"doseQuantity": QUANTITY, "doseRange": RANGE, "rateQuantity": QUANTITY, "rateRatio": RATIO}
DOSAGE = {
    "text": TEXT, "timing": TIMING, "asNeededBoolean": FLAG, "route": CONCEPT, "doseAndRate": [DOSE],
    "asNeededCodeableConcept": CONCEPT,
}  # fmt: skip
VALUE = {
    "valueQuantity": QUANTITY, "valueString": TEXT, "valueCodeableConcept": CONCEPT, "valueInteger": NUMBER,
    "valueBoolean": FLAG, "valueRange": RANGE, "valueRatio": RATIO, "valueTime": TEXT, "valueDateTime": TEXT,
    "dataAbsentReason": CONCEPT, "interpretation": [CONCEPT],
    "referenceRange": [{**RANGE, "type": CONCEPT, "appliesTo": [CONCEPT], "age": RANGE, "text": TEXT}],
}  # fmt: skip


def when(name: str) -> dict[str, Any]:
    """The types that `name`[x] may have."""
    kinds = {"DateTime": TEXT, "Instant": TEXT, "Period": PERIOD, "Timing": TIMING, "Age": QUANTITY, "String": TEXT}
    return {f"{name}{kind}": shape for kind, shape in kinds.items()}


COMMON = {"id": TEXT, "status": TEXT, "intent": TEXT, "subject": REFERENCE, "patient": REFERENCE, "code": CONCEPT}
DRUG = {
    **COMMON, "medicationCodeableConcept": CONCEPT, "medicationReference": REFERENCE, "dosageInstruction": [DOSAGE],
    "authoredOn": TEXT,
}  # fmt: skip
PROBLEM = {
    **COMMON, "clinicalStatus": CONCEPT, "verificationStatus": CONCEPT, **when("onset"), **when("abatement"),
    "recordedDate": TEXT,
}  # fmt: skip
OBSERVATION = {
    **COMMON, **VALUE, **when("effective"), "issued": TEXT, "specimen": REFERENCE, "basedOn": [REFERENCE],
    "bodySite": CONCEPT, "note": [{"text": TEXT}], "component": [{"code": CONCEPT, **VALUE}],
}  # fmt: skip
MEDICATION = {**COMMON, "ingredient": [{"itemCodeableConcept": CONCEPT}]}
SPECIMEN = {**COMMON, "type": CONCEPT, "condition": [CONCEPT]}
ANSWER: dict[str, Any] = {"valueBoolean": FLAG, "valueString": TEXT, "valueQuantity": QUANTITY}
ITEM: dict[str, Any] = {"linkId": TEXT, "answer": [ANSWER]}
ITEM["item"] = ANSWER["item"] = [ITEM]
SHAPES: dict[str, dict[str, Any]] = {
    "Patient": {
        "id": TEXT, "active": FLAG, "gender": TEXT, "birthDate": TEXT, "deceasedBoolean": FLAG,
        "deceasedDateTime": TEXT, "link": [{"type": TEXT}],
    },
    "Observation": OBSERVATION,
    "DiagnosticReport": {**COMMON, "result": [REFERENCE]},
    "Condition": {**PROBLEM, "category": [CONCEPT]},
    "AllergyIntolerance": PROBLEM,
    "Procedure": {**COMMON, **when("performed")},
    "ServiceRequest": {**COMMON, "doNotPerform": FLAG, "authoredOn": TEXT, **when("occurrence")},
    "Encounter": {
        **COMMON, "class": CODING, "period": PERIOD,
        "location": [{"location": REFERENCE, "status": TEXT}],
    },
    "QuestionnaireResponse": {
        "id": TEXT, "status": TEXT, "subject": REFERENCE, "questionnaire": TEXT, "authored": TEXT, "item": [ITEM],
    },
    "MedicationRequest": {
        **DRUG, "doNotPerform": FLAG, "reportedBoolean": FLAG, "reportedReference": REFERENCE,
        "dispenseRequest": {"validityPeriod": PERIOD, "expectedSupplyDuration": QUANTITY},
    },
    "MedicationStatement": {**DRUG, "dosage": [DOSAGE], "dateAsserted": TEXT, **when("effective")},
    "MedicationAdministration": {
        **DRUG, **when("effective"),
        "dosage": {"text": TEXT, "route": CONCEPT, "dose": QUANTITY, "rateQuantity": QUANTITY, "rateRatio": RATIO},
    },
    "MedicationDispense": {
        **DRUG, "whenHandedOver": TEXT, "whenPrepared": TEXT, "daysSupply": QUANTITY,
    },
    "Medication": MEDICATION,
    "Specimen": SPECIMEN,
    "Location": {"id": TEXT, "name": TEXT},
}  # fmt: skip


def misfit(resource: Mapping[str, Any]) -> str | None:
    """The first element of the wrong JSON type: "valueQuantity.unit must be text", or None."""
    shape = {**SHAPES.get(str(resource.get("resourceType")), COMMON), "contained": "resources"}
    return _misfit(resource, shape, "")


def _misfit(value: Any, shape: Any, path: str) -> str | None:
    if value is None:
        return None
    if shape == "resources":
        return _contained(value)
    if isinstance(shape, str):
        fits = {
            TEXT: isinstance(value, str) and not is_number(value),
            NUMBER: is_number(value) and _is_held(value),
            FLAG: isinstance(value, bool),
        }[shape]
        return None if fits else f"{path} must be {shape}"
    if isinstance(shape, list):
        if not isinstance(value, list):
            return f"{path} must be a list"
        found = (_misfit(one, shape[0], f"{path}[{n}]") or _null(one, f"{path}[{n}]") for n, one in enumerate(value))
        return next((one for one in found if one), None)
    if not isinstance(value, dict):
        return f"{path} must be an object"
    found = (_misfit(value.get(key), part, f"{path}.{key}".lstrip(".")) for key, part in shape.items())
    return next((one for one in found if one), None)


def _is_held(value: Any) -> bool:
    try:
        return float(value) - float(value) == 0
    except OverflowError:
        return False


def _null(value: Any, path: str) -> str | None:
    return f"{path} must not be null" if value is None else None


def _contained(value: Any) -> str | None:
    if not isinstance(value, list):
        return "contained must be a list"
    for n, one in enumerate(value):
        if not isinstance(one, dict) or not isinstance(one.get("resourceType"), str):
            return f"contained[{n}] must be a resource"
        if found := misfit(one):
            return f"contained[{n}].{found}"
    return None
