"""FHIR R4: the operation $assess, what this server can, and the knowledge as PlanDefinition and Library with its citations."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypomag import __version__, knowledge
from hypomag.assess import assess
from hypomag.read import fhir as reader
from hypomag.read.times import last_second
from hypomag.record import Refused
from hypomag.serve.refusal import Refusal
from hypomag.serve.settings import Settings
from hypomag.write import fhir as writer

JSON = dict[str, Any]
OPERATION, PLAN, LIBRARY = "hypomag-assess", "hypomag-magnesium", "hypomag-knowledge"
EXPERIMENTAL = "Not a medical device; not reviewed by a clinician."


def operation(body: Any, settings: Settings, now: int) -> tuple[str, tuple[str, ...]]:
    """The Bundle that $assess replies with, and the alerts in it. Raises Refusal.

    body: a Bundle or any resource of one patient, or Parameters with `resource` (as often as needed), `patient` (an id)
    and `asOf` (a dateTime).
    """
    if not isinstance(body, dict) or not isinstance(body.get("resourceType"), str):
        raise Refusal(400, "The body must be a FHIR resource: a Bundle, a Patient or Parameters.")
    resources, patient, moment = [body], None, now
    if body["resourceType"] == "Parameters":
        resources, patient, moment = _parameters(body, now)
    try:
        record = reader.lift(resources, patient)
        answer = assess(record, as_of=moment, profile=settings.profile or None, scheme=settings.scheme)
    except Refused:  # nobody, several, or nothing about the one that could be used
        raise Refusal(422, "It must hold one patient; of several, name one in the parameter patient.") from None
    who = patient or next((fact["patient"] for facts in record.tables.values() for fact in facts), "")
    return writer.write(writer.bundle(answer, who)), tuple(one["alert"] for one in answer["alerts"])


def _parameters(body: JSON, now: int) -> tuple[list[JSON], str | None, int]:
    """Resources, patient and moment of a Parameters resource."""
    said = body.get("parameter")
    if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
        raise Refusal(400, "Parameters.parameter: must be a list.")
    resources = [
        one["resource"] for one in said if one.get("name") == "resource" and isinstance(one.get("resource"), dict)
    ]
    if not resources:
        raise Refusal(400, "Parameters.parameter: none is named resource and holds one.")
    patient = next((one.get("valueId", one.get("valueString")) for one in said if one.get("name") == "patient"), None)
    as_of = next((one.get("valueDateTime", "") for one in said if one.get("name") == "asOf"), None)
    if patient is not None and not isinstance(patient, str):
        raise Refusal(400, "Parameters.parameter patient: must be a valueId.")
    if as_of is None:
        return resources, patient, now
    try:
        return resources, patient, last_second(str(as_of))
    except (ValueError, OverflowError):
        raise Refusal(400, "Parameters.parameter asOf: must be a valueDateTime such as 2026-11-22.") from None


@cache
def capability(base_url: str) -> JSON:
    """What this server can."""
    definition = f"{base_url}/fhir/OperationDefinition/{OPERATION}"
    read = [
        {"type": kind, "interaction": [{"code": "read"}]}
        for kind in ("PlanDefinition", "Library", "OperationDefinition")
    ]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "experimental": True,
        "date": _reviewed(),
        "kind": "instance",
        "software": {"name": "hypomag", "version": f"{__version__}, knowledge {knowledge.load().version}"},
        "implementation": {"description": f"Low blood magnesium. {EXPERIMENTAL}", "url": f"{base_url}/fhir"},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [{"mode": "server", "resource": read, "operation": [{"name": "assess", "definition": definition}]}],
    }


def definition(base_url: str) -> JSON:
    """The OperationDefinition of $assess."""

    def one(name: str, kind: str, least: int, most: str, about: str, use: str = "in") -> JSON:
        return {"name": name, "use": use, "min": least, "max": most, "documentation": about, "type": kind}

    return {
        "resourceType": "OperationDefinition",
        "id": OPERATION,
        "url": f"{base_url}/fhir/OperationDefinition/{OPERATION}",
        "version": __version__,
        "name": "HypomagAssess",
        "status": "draft",
        "kind": "operation",
        "experimental": True,
        "description": f"Assess the magnesium of one patient from the resources sent. Nothing is stored. {EXPERIMENTAL}",
        "code": "assess",
        "system": True,
        "type": False,
        "instance": False,
        "parameter": [
            one("resource", "Any", 1, "*", "Resources or Bundles of the patient"),
            one("patient", "id", 0, "1", "Whom to assess, where there are several"),
            one("asOf", "dateTime", 0, "1", "The moment asked about; now where it is not said"),
            one("return", "Bundle", 1, "1", "The assessment: all draft, proposal or preliminary", "out"),
        ],
    }


@cache
def plan(base_url: str) -> JSON:
    """The alerts as an event-condition-action plan, one action each, to be read beside the rules."""
    rows = sorted(knowledge.load().tables["alerts"].dicts(), key=lambda row: row["place"])
    names = {"patient_view": "patient-view", "order_select": "order-select", "order_sign": "order-sign",
             "encounter_discharge": "encounter-discharge"}  # fmt: skip
    return {
        "resourceType": "PlanDefinition",
        "id": PLAN,
        "url": f"{base_url}/fhir/PlanDefinition/{PLAN}",
        "version": knowledge.load().version,
        "name": "HypomagMagnesium",
        "title": "Low blood magnesium: when to speak up",
        "type": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/plan-definition-type", "code": "eca-rule"}]
        },
        "status": "draft",
        "experimental": True,
        "date": _reviewed(),
        "description": EXPERIMENTAL,
        "relatedArtifact": citations("alerts"),
        "library": [f"{base_url}/fhir/Library/{LIBRARY}|{knowledge.load().version}"],
        "action": [
            {
                "code": [{"coding": [{"system": "urn:hypomag:alert", "code": row["alert"]}]}],
                "title": row["meaning"],
                "trigger": [{"type": "named-event", "name": names[hook]} for hook in names if row[hook]],
            }
            for row in rows
        ],
    }


@cache
def library(base_url: str) -> JSON:
    """The knowledge by its version, with every source it stands on."""
    return {
        "resourceType": "Library",
        "id": LIBRARY,
        "url": f"{base_url}/fhir/Library/{LIBRARY}",
        "version": knowledge.load().version,
        "name": "HypomagKnowledge",
        "title": "What hypomag knows of magnesium, and where it stands",
        "type": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/library-type", "code": "asset-collection"}]
        },
        "status": "draft",
        "experimental": True,
        "date": _reviewed(),
        "description": EXPERIMENTAL,
        "relatedArtifact": citations(*knowledge.load().tables),
    }


def citations(*names: str) -> list[JSON]:
    """The sources of some tables, each once."""
    tables, known = knowledge.load().tables, knowledge.load().sources
    keys = {
        key
        for name in names
        if "source" in tables[name].columns
        for cell in tables[name].column("source")
        for key in str(cell).split(";")
    }
    found = []
    for key in sorted(keys & known.keys()):
        row = known[key]
        cited = {"type": "citation", "label": key, "citation": row["title"]}
        found.append(cited | ({"url": row["url"]} if str(row["url"]).startswith("http") else {}))
    return found


@cache
def _reviewed() -> str:
    """The day on which any row of the knowledge was last looked at."""
    tables = knowledge.load().tables.values()
    return max(str(day) for table in tables if "reviewed" in table.columns for day in table.column("reviewed"))
