"""The required codes of FHIR R4 for the elements that we write, typed from the specification: no validator here checks them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

REQUEST_STATUS = "draft active on-hold revoked completed entered-in-error unknown"
REQUEST_INTENT = "proposal plan directive order original-order reflex-order filler-order instance-order option"
OBSERVATION_STATUS = "registered preliminary final amended corrected cancelled entered-in-error unknown"
UNITS_OF_TIME = "s min h d wk mo a"

CODES = {
    path: set(codes.split())
    for path, codes in {
        "Bundle.type": "document message transaction transaction-response batch batch-response history searchset collection",
        "Bundle.entry.request.method": "GET HEAD POST PUT DELETE PATCH",
        "CarePlan.status": REQUEST_STATUS,
        "CarePlan.intent": "proposal plan order option",
        "CarePlan.activity.detail.status":
            "not-started scheduled in-progress on-hold completed cancelled stopped unknown entered-in-error",
        "ClinicalImpression.status": "in-progress completed entered-in-error",
        "DetectedIssue.status": OBSERVATION_STATUS,
        "DetectedIssue.severity": "high moderate low",
        "Device.status": "active inactive entered-in-error unknown",
        "Device.deviceName.type":
            "udi-label-name user-friendly-name patient-reported-name manufacturer-name model-name other",
        "GuidanceResponse.status":
            "success data-requested data-required in-progress failure entered-in-error",
        "GuidanceResponse.dataRequirement.type": "Observation Patient",  # of all resource types, those we ask for
        "MedicationRequest.status": "active on-hold cancelled completed entered-in-error stopped draft unknown",
        "MedicationRequest.intent":
            "proposal plan order original-order reflex-order filler-order instance-order option",
        "MedicationRequest.dosageInstruction.timing.repeat.durationUnit": UNITS_OF_TIME,
        "MedicationRequest.dosageInstruction.timing.repeat.periodUnit": UNITS_OF_TIME,
        "Provenance.entity.role": "derivation revision quotation source removal",
        "Questionnaire.status": "draft active retired unknown",
        "Questionnaire.subjectType": "Patient",
        "Questionnaire.item.type":
            "group display boolean decimal integer date dateTime time string text url choice open-choice attachment "
            "reference quantity",
        "RequestGroup.status": REQUEST_STATUS,
        "RequestGroup.intent": REQUEST_INTENT,
        "RequestGroup.action.selectionBehavior": "any all all-or-none exactly-one at-most-one one-or-more",
        "RiskAssessment.status": OBSERVATION_STATUS,
        "ServiceRequest.status": REQUEST_STATUS,
        "ServiceRequest.intent": REQUEST_INTENT,
        "ServiceRequest.occurrenceTiming.repeat.periodUnit": UNITS_OF_TIME,
    }.items()
}  # fmt: skip
CODE_NAMES = {"status", "intent", "severity", "selectionBehavior", "role", "method", "periodUnit", "durationUnit"}


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every leaf with the path of its element, without positions; an item within an item has the path of one item."""
    if isinstance(value, dict):
        for name, of in value.items():
            yield from leaves(of, path if path.endswith(f".{name}") and name == "item" else f"{path}.{name}")
    elif isinstance(value, list):
        for of in value:
            yield from leaves(of, path)
    else:
        yield path, value


def wrong_codes(resource: dict[str, Any]) -> list[str]:
    """Codes that the specification does not allow, and elements that hold a code and have no table here."""
    kind = resource["resourceType"]
    found = []
    for path, value in leaves(resource, kind):
        if path in CODES:
            if value not in CODES[path]:
                found.append(f"{path}: {value}")
        elif path.rsplit(".", 1)[-1] in CODE_NAMES and not path.startswith("Bundle.entry.resource"):
            found.append(f"{path}: no table of its codes")
    return found
