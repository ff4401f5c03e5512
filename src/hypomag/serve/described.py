"""What OpenAPI says of each route: bodies and every status that may come."""

from __future__ import annotations

from typing import Any

PLAIN = {
    404: "There is no such address.",
    405: "This address does not take that method.",
}
OUTCOME = {"application/fhir+json": {"schema": {"type": "object", "required": ["resourceType", "issue"]}}}
TEXT = {"type": "string", "minLength": 1, "maxLength": 256}
PARAMETERS = {"type": "object", "required": ["resourceType"], "properties": {"resourceType": {"type": "string"}}}
SAID = {
    400: "Not a request of this kind; the OperationOutcome names the place",
    302: "To the sign-in of the EHR",
    401: "No token, or one that is not let in; no reason is given",
    403: "Not from here",
    404: "No such address",
    422: "Not one patient, or a parameter is missing",
    412: "What is needed did not come and could not be read",
    413: "Too long or too many values",
    415: "The body is packed",
    503: "Too busy, or the audit cannot be written; try again",
}


def _replies(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {s: {"description": SAID[s]} | ({} if s in (302, 401) else {"content": OUTCOME}) for s in statuses}


def _body(schema: dict[str, Any], kind: str = "application/json") -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {kind: {"schema": schema}}}}


CONTEXT = {
    "type": "object",
    "required": ["userId", "patientId"],
    "properties": {"userId": TEXT, "patientId": TEXT, "encounterId": TEXT, "draftOrders": {"type": "object"},
                   "selections": {"type": "array", "items": {"type": "string"}}},
}  # fmt: skip
QUESTION = {
    "type": "object",
    "required": ["hook", "hookInstance", "context"],
    "properties": {
        "hook": {"enum": ["patient-view", "order-select", "order-sign", "encounter-discharge"]},
        "hookInstance": TEXT, "context": CONTEXT, "prefetch": {"type": "object"}, "fhirServer": TEXT,
        "fhirAuthorization": {"type": "object", "required": ["access_token"]},
    },
}  # fmt: skip
OUTCOMES = {
    "type": "object",
    "required": ["feedback"],
    "properties": {"feedback": {"type": "array", "minItems": 1, "items": {
        "type": "object", "required": ["card", "outcome", "outcomeTimestamp"],
        "properties": {"card": TEXT, "outcome": {"enum": ["accepted", "overridden"]}, "outcomeTimestamp": TEXT},
    }}},
}  # fmt: skip
DISCOVERY: dict[str, Any] = {"responses": _replies(401, 413, 415, 503)}
CALL: dict[str, Any] = {"openapi_extra": _body(QUESTION), "responses": _replies(400, 401, 404, 412, 413, 415, 503)}
FEEDBACK: dict[str, Any] = {"openapi_extra": _body(OUTCOMES), "responses": _replies(400, 401, 404, 413, 415, 503)}
ASSESS: dict[str, Any] = {
    "openapi_extra": _body(PARAMETERS, "application/fhir+json"),
    "responses": _replies(400, 401, 413, 415, 422, 503),
}
READ: dict[str, Any] = {"responses": _replies(404, 413, 415)}
LAUNCH: dict[str, Any] = {"responses": _replies(302, 403, 413, 415, 422, 503)}
METRICS: dict[str, Any] = {"responses": _replies(403, 413, 415)}
HEALTH: dict[str, Any] = {"responses": _replies(413, 415)}
READY: dict[str, Any] = {"responses": _replies(413, 415, 503)}
