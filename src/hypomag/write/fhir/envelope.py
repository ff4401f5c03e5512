"""Who answered, from what, and what was missing: Device, GuidanceResponse, Provenance."""

from __future__ import annotations

from collections.abc import Iterator

from hypomag.write.fhir.written import JSON, SYSTEMS, About, codings, names, note, references, words
from hypomag.write.text import status_words

FACTS_OF_PATIENT = {"age": "birthDate", "sex": "gender"}  # what is missing and where in Patient it would stand


def device(about: About) -> JSON:
    said, version = about.said["fhir"], about.answer["version"]
    return about.resource(
        "Device",
        status="active",
        deviceName=[{"name": said["device"], "type": "user-friendly-name"}],
        version=[{"type": words(said[what]), "value": version[what]} for what in ("program", "knowledge")],
        note=note(about.said["notice"]),
    )


def cannot_tell(answer: JSON) -> bool:
    unknown = ("cannot_tell", "not_measured")
    return answer["level"]["status"] in unknown or answer["urgency"]["tier"] == "cannot_tell"


def guidance(about: About, result: JSON | None) -> JSON:
    """The envelope of the answer: data-required with what is missing where it cannot tell."""
    answer, version = about.answer, about.answer["version"]
    return about.resource(
        "GuidanceResponse",
        moduleUri=f"urn:hypomag:assess:{version['program']}:{version['knowledge']}",
        status="data-required" if cannot_tell(answer) else "success",
        subject=about.subject,
        occurrenceDateTime=answer["as_of"],
        performer=about.ref("Device"),
        reasonCode=[
            words(status_words(about.answer, about.said)),
            words(about.said["tier"][answer["urgency"]["tier"]]),
        ],
        note=note(*_trust(about), about.said["notice"]),
        result={"reference": f"urn:uuid:{result['id']}"} if result else None,
        dataRequirement=_required(about),
    )


def _trust(about: About) -> Iterator[str]:
    flags = about.said["flags"]
    return (flags.get(flag["flag"], flag["flag"]) for flag in about.answer["level"]["flags"])


def _required(about: About) -> list[JSON]:
    """What is not known and would decide: an element of the Patient, or an Observation with its codes."""
    found: JSON = {}
    for row in about.answer["missing"]:
        what = row["what"]
        if what in FACTS_OF_PATIENT:
            found[what] = {"type": "Patient", "mustSupport": [FACTS_OF_PATIENT[what]]}
            continue
        unreadable = row["decides"] == "level"
        analyte = "magnesium" if unreadable else what
        codes: list[JSON] = codings(analyte) or [{"display": names().get(analyte, analyte)}]
        found[analyte] = {"type": "Observation", "codeFilter": [{"path": "code", "code": codes}]}
    return list(found.values())


def provenance(about: About, made: list[JSON], recorded: str) -> JSON:
    """Every resource of the answer was assembled by the device from these facts."""
    said = about.said["fhir"]
    facts = [fact for reason in about.answer["trail"] for fact in reason["evidence"]]
    return about.resource(
        "Provenance",
        target=[{"reference": f"urn:uuid:{resource['id']}"} for resource in made],
        occurredDateTime=about.answer["as_of"],
        recorded=recorded,
        activity=words(said["assembled"]),
        agent=[
            {
                "type": {"coding": [{"system": SYSTEMS["participant"], "code": "assembler"}]},
                "who": about.ref("Device"),
            }
        ],
        entity=[{"role": "source", "what": ref} for ref in references(facts)],
    )
