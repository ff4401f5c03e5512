"""An answer as FHIR R4 resources in a Bundle. Everything is draft, proposal or preliminary: a clinician decides."""

from __future__ import annotations

from hypomag.knowledge.sentences import sentences
from hypomag.write.fhir import envelope, findings, plan
from hypomag.write.fhir.questionnaire import questionnaire
from hypomag.write.fhir.written import JSON, About, write

__all__ = ["bundle", "drafts", "questionnaire", "write"]


def bundle(
    answer: JSON, patient: str, *, transaction: bool = False, recorded: str | None = None, language: str = "en"
) -> JSON:
    """The answer as a Bundle of type collection, or a transaction of updates; `write` makes it text.

    patient: the source's patient id or a reference. recorded: when it was made, an instant; without it the moment
    asked about. The same answer makes the same ids, so a transaction sent twice changes nothing.
    """
    about = About(answer, patient, sentences(language))
    medications, services = plan.medications(about), list(plan.services(about))
    choice = plan.group(about, medications)
    care = plan.care_plan(about, choice, services)
    made = [
        envelope.guidance(about, care),
        *findings.issues(about),
        *findings.orders(about),
        findings.impression(about),
        *findings.risks(about),
        *[of for of in (care, choice) if of],
        *medications,
        *services,
        envelope.device(about),
    ]
    made.append(envelope.provenance(about, made, recorded or answer["as_of"]))
    return about.resource(
        "Bundle",
        type="transaction" if transaction else "collection",
        timestamp=recorded or answer["as_of"],
        entry=[_entry(resource, transaction) for resource in made],
    )


def _entry(resource: JSON, transaction: bool) -> JSON:
    url = f"{resource['resourceType']}/{resource['id']}"
    request = {"request": {"method": "PUT", "url": url}} if transaction else {}
    return {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource} | request


def drafts(answer: JSON, patient: str, language: str = "en") -> dict[str, list[JSON]]:
    """The drafts alone, as a CDS suggestion carries them: options as MedicationRequest, tests as ServiceRequest."""
    about = About(answer, patient, sentences(language))
    return {"options": plan.medications(about), "tests": list(plan.services(about))}
