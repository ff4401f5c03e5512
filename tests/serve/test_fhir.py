"""FHIR: the operation, what the server says of itself, and the knowledge with its citations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from hypomag import knowledge
from hypomag.serve import fhir
from tests.serve.ward import PATIENT, TestClient, ask, bundle, result, service, settings

ASSESS = "/fhir/$assess"
PARTS = [PATIENT, result("19123-9", 1.1, "mg/dL", "Magnesium"), result("2160-0", 0.8, "mg/dL", "Creatinine")]
OTHER = {"resourceType": "Patient", "id": "p2", "gender": "male"}


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with service(settings(tmp_path_factory.mktemp("fhir"))) as one:
        yield one


def of_kind(reply: Any, kind: str) -> list[dict[str, Any]]:
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "application/fhir+json"
    return [one["resource"] for one in reply.json()["entry"] if one["resource"]["resourceType"] == kind]


def parameters(*more: dict[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "Parameters",
        "parameter": [{"name": "resource", "resource": one} for one in PARTS] + list(more),
    }


def test_a_bundle_is_assessed(caller: TestClient) -> None:
    reply = ask(caller, bundle(*PARTS), ASSESS)
    guidance = of_kind(reply, "GuidanceResponse")
    assert len(guidance) == 1
    assert guidance[0]["subject"]["reference"] == "Patient/p1"
    assert of_kind(reply, "DetectedIssue")


def test_parameters_name_the_patient_and_the_moment(caller: TestClient) -> None:
    both = parameters({"name": "resource", "resource": OTHER}, {"name": "patient", "valueId": "p1"})
    assert of_kind(ask(caller, both, ASSESS), "GuidanceResponse")[0]["subject"]["reference"] == "Patient/p1"
    early = parameters({"name": "asOf", "valueDateTime": "2026-11-01"})
    assert (
        of_kind(ask(caller, early, ASSESS), "GuidanceResponse")[0]["status"] == "data-required"
    )  # the result came later
    assert of_kind(ask(caller, parameters(), ASSESS), "GuidanceResponse")[0]["subject"]["reference"] == "Patient/p1"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ([], 400),
        ({}, 400),
        ({"resourceType": 1}, 400),
        ({"resourceType": "Parameters"}, 400),
        ({"resourceType": "Parameters", "parameter": []}, 400),
        ({"resourceType": "Parameters", "parameter": ["x"]}, 400),
        (parameters({"name": "asOf", "valueDateTime": "yesterday"}), 400),
        (parameters({"name": "patient", "valueId": 1}), 400),
        (parameters({"name": "patient", "valueId": "p9"}), 422),
        (bundle(), 422),
        (bundle(*PARTS, OTHER), 422),
        ({"resourceType": "Bundle", "entry": "x"}, 422),
        (PATIENT | {"modifierExtension": [{"url": "x"}]}, 422),
        ({"resourceType": "Medication", "id": "m"}, 422),
    ],
)
def test_what_cannot_be_assessed_is_an_operation_outcome(caller: TestClient, body: Any, status: int) -> None:
    reply = ask(caller, body, ASSESS)
    assert reply.status_code == status
    assert reply.json()["resourceType"] == "OperationOutcome"
    get_fhir_model_class("OperationOutcome").model_validate_json(reply.text)


def test_it_needs_a_token(caller: TestClient) -> None:
    assert caller.post(ASSESS, json=bundle(*PARTS)).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/fhir/metadata",
        f"/fhir/PlanDefinition/{fhir.PLAN}",
        f"/fhir/Library/{fhir.LIBRARY}",
        f"/fhir/OperationDefinition/{fhir.OPERATION}",
    ],
)
def test_what_is_published_is_valid(caller: TestClient, path: str) -> None:
    reply = caller.get(path)
    assert reply.status_code == 200
    resource = reply.json()
    get_fhir_model_class(resource["resourceType"]).model_validate_json(reply.text)
    assert knowledge.load().version in json.dumps(resource) or resource["resourceType"] == "OperationDefinition"
    assert resource["experimental"] is True


def test_every_alert_and_every_source_is_exported(caller: TestClient) -> None:
    plan = caller.get(f"/fhir/PlanDefinition/{fhir.PLAN}").json()
    alerts = knowledge.load().tables["alerts"].dicts()
    assert [one["code"][0]["coding"][0]["code"] for one in plan["action"]] == [
        row["alert"] for row in sorted(alerts, key=lambda row: row["place"])
    ]
    library = caller.get(f"/fhir/Library/{fhir.LIBRARY}").json()
    cited = {one["label"] for one in library["relatedArtifact"]}
    drugs = {key for cell in knowledge.load().tables["drugs"].column("source") for key in cell.split(";")}
    assert drugs <= cited


def test_there_is_nothing_else(caller: TestClient) -> None:
    for path in ("/fhir/Patient/p1", "/fhir/PlanDefinition/x", "/fhir"):
        assert caller.get(path).status_code == 404
