"""One function for each FHIR R4 resource type that is lifted into the record.

Each takes the resource and adds its facts; it raises Unusable where the resource may not be used at all. What is
done with each element that changes the meaning of others stands in docs/reference/fhir.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypomag.read.fhir import elements
from hypomag.read.fhir.elements import Concept, concept, known_since, moment, required, span
from hypomag.read.fhir.questionnaire import questionnaire_response
from hypomag.read.fhir.reading import JSON, Reading, Unusable
from hypomag.read.fhir.results import observation
from hypomag.record import BLANK

STATUS = {  # the codes that FHIR R4 allows
    kind: frozenset(codes.split())
    for kind, codes in {
        "MedicationRequest": "active on-hold cancelled completed entered-in-error stopped draft unknown",
        "MedicationStatement":
            "active completed entered-in-error intended stopped on-hold unknown not-taken",
        "MedicationAdministration":
            "in-progress not-done on-hold completed entered-in-error stopped unknown",
        "MedicationDispense":
            "preparation in-progress cancelled on-hold completed entered-in-error stopped declined unknown",
        "Procedure": "preparation in-progress not-done on-hold stopped completed entered-in-error unknown",
        "ServiceRequest": "draft active on-hold revoked completed entered-in-error unknown",
        "Encounter":
            "planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown",
    }.items()
}  # fmt: skip
CLINICAL = {"active", "recurrence", "relapse", "inactive", "remission", "resolved"}
VERIFICATION = {"unconfirmed", "provisional", "differential", "confirmed", "refuted", "entered-in-error"}
ORDERED = {"order", "original-order", "reflex-order", "filler-order", "instance-order", "directive"}
NOT_ORDERED = {"proposal", "plan", "option"}
KINDS = {"symptom": "symptom", "rhythm": "rhythm"}  # categories of Condition that are kinds of the record
GENDERS = {"male", "female", "other", "unknown"}


def add(reading: Reading, table: str, said: Concept, **columns: Any) -> None:
    """One fact from the resource in hand, with its further codes."""
    code, system, text, others = said
    fact = {
        **BLANK[table], "patient": reading.who.id, "source_ref": reading.ref, "file": reading.file,
        "line": reading.line, "code": code, "system": system, "text": text, **columns,
    }  # fmt: skip
    reading.record.take(table, fact)
    if others:
        reading.add_codings(fact, others)


def patient(reading: Reading, resource: JSON) -> None:
    active = resource.get("active")
    if active not in (None, True, False):
        raise TypeError
    if active is False:
        reading.leave_out("active", "false: the source no longer keeps this description of the patient")
    for link in resource.get("link") or ():
        if link.get("type") in ("replaced-by", "replaces"):
            reading.leave_out("link", "another description of the patient exists; it was not looked for")
    birth, precision = moment(reading, resource.get("birthDate"), "birthDate")
    gender = resource.get("gender")
    if gender is not None and gender not in GENDERS:
        reading.leave_out("gender", f"not one of {', '.join(sorted(GENDERS))}")
        gender = None
    died, dead = resource.get("deceasedDateTime"), resource.get("deceasedBoolean")
    if dead not in (None, True, False):
        raise TypeError
    reading.record.add(
        "patients", reading.who.id, id=reading.who.id, birth=birth, birth_precision=precision,
        sex=None if gender == "unknown" else gender, source_ref=reading.ref, file=reading.file, line=reading.line,
        deceased=1 if died is not None else None if dead is None else int(dead),
        until=elements.end_of(reading, died, "deceasedDateTime"),
    )  # fmt: skip
    reading.who.birth, reading.who.sex = birth, gender


def standing(reading: Reading, resource: JSON) -> tuple[str | None, int | None, int | None]:
    """status, negated and past of a Condition or AllergyIntolerance from its two statuses.

    The verification is what stands as the status where it says anything but "confirmed".
    """
    clinical = elements.first_code(resource.get("clinicalStatus"))
    verified = elements.first_code(resource.get("verificationStatus"))
    if clinical is not None and clinical not in CLINICAL:
        raise Unusable(f"clinicalStatus is not one of {', '.join(sorted(CLINICAL))}")
    if verified is not None and verified not in VERIFICATION:
        raise Unusable(f"verificationStatus is not one of {', '.join(sorted(VERIFICATION))}")
    past = 1 if clinical in ("inactive", "remission", "resolved") else None
    return clinical if verified in (None, "confirmed") else verified, 1 if verified == "refuted" else None, past


def condition(reading: Reading, resource: JSON) -> None:
    said = concept(resource.get("code"), "conditions")
    if said is elements.NOTHING:
        raise Unusable("has no code: it names no condition")
    status, negated, past = standing(reading, resource)
    start, precision, until = span(reading, resource, "onset")
    ended = any(key.startswith("abatement") for key in resource)
    if ended:
        until = abated(reading, resource)
        past = 1 if until is None else past
    kind = "condition"
    for category in resource.get("category") or ():
        kind = KINDS.get((elements.shown(category) or "").lower(), kind)
    known_at = known_since(reading, resource.get("recordedDate"), "recordedDate")
    add(
        reading, "conditions", said, kind=kind, status=status, negated=negated, past=past, start=start,
        start_precision=precision, until=until, known_at=known_at,
    )  # fmt: skip


def abated(reading: Reading, resource: JSON) -> int | None:
    """The time at which a Condition ended, None where it says only that it did."""
    if (text := resource.get("abatementDateTime")) is not None:
        return elements.end_of(reading, text, "abatementDateTime")
    start, _, until = span(reading, resource, "abatement")
    return start if until is None else until


def procedure(reading: Reading, resource: JSON) -> None:
    status = required(resource, "status", STATUS["Procedure"])
    start, precision, until = span(reading, resource, "performed")
    add(
        reading, "procedures", concept(resource.get("code"), "procedures"), status=status,
        negated=1 if status == "not-done" else None, start=start, start_precision=precision, until=until,
    )  # fmt: skip


def service_request(reading: Reading, resource: JSON) -> None:
    status = required(resource, "status", STATUS["ServiceRequest"])
    intent = required(resource, "intent", ORDERED | NOT_ORDERED)
    do_perform(resource)
    if intent in NOT_ORDERED:
        raise Unusable(f"intent is {intent}: nothing was ordered")
    authored, precision = moment(reading, resource.get("authoredOn"), "authoredOn")
    start, start_precision, until = span(reading, resource, "occurrence")
    add(
        reading, "orders", concept(resource.get("code"), "orders"), status=status,
        start=authored if start is None else start, start_precision=start_precision or precision, until=until,
        known_at=known_since(reading, resource.get("authoredOn"), "authoredOn"),
    )  # fmt: skip


def do_perform(resource: JSON) -> None:
    """Raise Unusable for an order that says not to do something."""
    forbidden = resource.get("doNotPerform")
    if forbidden not in (None, False, True):
        raise TypeError
    if forbidden:
        raise Unusable("doNotPerform: it asks that this is not done")


def encounter(reading: Reading, resource: JSON) -> None:
    status = required(resource, "status", STATUS["Encounter"])
    start, precision, until = elements.between(reading, resource.get("period"), "period")
    kind = resource.get("class")
    ward = None
    for location in resource.get("location") or ():  # the last one that is not over, else the last
        where = location.get("location")
        name = (where or {}).get("display") or (reading.find(where) or {}).get("name")
        if name and (ward is None or location.get("status") != "completed"):
            ward = name
    reading.record.add(
        "encounters", reading.who.id, status=status, start=start, start_precision=precision, until=until, ward=ward,
        source_ref=reading.ref, file=reading.file, line=reading.line,
        **{"class": kind.get("code") or kind.get("display") if kind else None},
    )  # fmt: skip


def allergy(reading: Reading, resource: JSON) -> None:
    said = concept(resource.get("code"), "allergies")
    if said is elements.NOTHING:
        raise Unusable("has no code: it names no substance")
    status, _, _ = standing(reading, resource)
    start, precision, until = span(reading, resource, "onset")
    known_at = known_since(reading, resource.get("recordedDate"), "recordedDate")
    add(
        reading, "allergies", said, status=status, start=start, start_precision=precision, until=until,
        known_at=known_at,
    )  # fmt: skip


def medication(reading: Reading, resource: JSON) -> Concept:
    """What the drug is: medicationCodeableConcept, or the Medication that medicationReference names."""
    said = resource.get("medicationCodeableConcept")
    reference = resource.get("medicationReference")
    if said is not None and reference is None:
        return concept(said, "medications")
    if said is not None or reference is None:
        raise Unusable("names no medication, or two (medicationCodeableConcept and medicationReference)")
    drug = reading.find(reference)
    if drug is None or drug.get("resourceType") != "Medication":
        if not reference.get("display"):
            raise Unusable("medicationReference names a Medication that is not in the input")
        return None, None, reference["display"], ()
    if drug.get("status") == "entered-in-error" or "modifierExtension" in drug or "implicitRules" in drug:
        raise Unusable("its Medication was entered in error, or carries a modifier we do not understand")
    parts = [part for part in drug.get("ingredient") or () if "modifierExtension" not in part]
    inside = [concept(part.get("itemCodeableConcept"), "medications") for part in parts]
    code, system, text, others = concept(drug.get("code"), "medications")
    further = list(others)
    for part_code, part_system, part_text, part_others in inside:
        if part_code and part_system and part_system != "local":
            further.append((part_code, part_system, part_text))
        further += part_others
    names = " / ".join([part_text for _, _, part_text, _ in inside if part_text])
    return code, system, text or names or reference.get("display"), tuple(further)


def medication_request(reading: Reading, resource: JSON) -> None:
    status = required(resource, "status", STATUS["MedicationRequest"])
    intent = required(resource, "intent", (ORDERED | NOT_ORDERED) - {"directive"})
    do_perform(resource)
    reported = resource.get("reportedBoolean")
    if reported not in (None, False, True):
        raise TypeError
    kind = "planned" if intent in NOT_ORDERED else "ordered"
    if reported or resource.get("reportedReference"):
        kind = "reported"
    instructions = resource.get("dosageInstruction") or []
    columns = elements.dosage(reading, instructions)
    known_at = known_since(reading, resource.get("authoredOn"), "authoredOn")
    dispense = resource.get("dispenseRequest") or {}
    bounds: elements.Span = (None, None, None)
    if len(instructions) == 1 and "modifierExtension" not in instructions[0]:
        repeat = (instructions[0].get("timing") or {}).get("repeat") or {}
        if period := repeat.get("boundsPeriod"):
            bounds = elements.between(reading, period, "dosageInstruction.timing.repeat.boundsPeriod")
    start, start_precision, until = bounds
    if start is None:  # validityPeriod says when it may be dispensed: its end is not the end of the treatment
        valid = (dispense.get("validityPeriod") or {}).get("start") or resource.get("authoredOn")
        start, start_precision = moment(reading, valid, "dispenseRequest.validityPeriod.start")
    columns["duration_text"] = columns.get("duration_text") or elements.duration(dispense.get("expectedSupplyDuration"))
    add(
        reading, "medications", medication(reading, resource), kind=kind, status=status, start=start,
        start_precision=start_precision, until=until, known_at=known_at, **columns,
    )  # fmt: skip


def medication_statement(reading: Reading, resource: JSON) -> None:
    status = required(resource, "status", STATUS["MedicationStatement"])
    start, precision, until = span(reading, resource, "effective")
    known_at = known_since(reading, resource.get("dateAsserted"), "dateAsserted")
    add(
        reading, "medications", medication(reading, resource), kind="reported", status=status, start=start,
        start_precision=precision, until=until, known_at=known_at,
        **elements.dosage(reading, resource.get("dosage")),
    )  # fmt: skip


def medication_administration(reading: Reading, resource: JSON) -> None:
    status = required(resource, "status", STATUS["MedicationAdministration"])
    start, precision, until = span(reading, resource, "effective")
    given = resource.get("dosage") or {}
    columns: dict[str, Any] = {}
    if "modifierExtension" in given:
        reading.leave_out("dosage.modifierExtension", "a modifier we do not understand; this dosage is not used")
    elif given:
        columns = {"dose_text": given.get("text"), "route": elements.shown(given.get("route"))}
        columns["dose"], columns["dose_unit"] = elements.plain(given.get("dose"))
        columns["rate"], columns["rate_unit"] = elements.rate(given)
    add(
        reading, "medications", medication(reading, resource), kind="given", status=status, start=start,
        start_precision=precision, until=until, **columns,
    )  # fmt: skip


def medication_dispense(reading: Reading, resource: JSON) -> None:
    status = required(resource, "status", STATUS["MedicationDispense"])
    handed = resource.get("whenHandedOver") or resource.get("whenPrepared")
    start, precision = moment(reading, handed, "whenHandedOver")
    columns = elements.dosage(reading, resource.get("dosageInstruction"))
    columns["duration_text"] = elements.duration(resource.get("daysSupply")) or columns.get("duration_text")
    supply = elements.supply(reading, resource.get("daysSupply"))
    add(
        reading, "medications", medication(reading, resource), kind="dispensed", status=status, start=start,
        start_precision=precision, until=None if start is None or supply is None else start + supply, **columns,
    )  # fmt: skip


LIFT: dict[str, Callable[[Reading, JSON], None]] = {
    "Patient": patient,
    "Observation": observation,
    "Condition": condition,
    "Procedure": procedure,
    "ServiceRequest": service_request,
    "Encounter": encounter,
    "AllergyIntolerance": allergy,
    "MedicationRequest": medication_request,
    "MedicationStatement": medication_statement,
    "MedicationAdministration": medication_administration,
    "MedicationDispense": medication_dispense,
    "QuestionnaireResponse": questionnaire_response,
}
