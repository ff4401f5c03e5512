"""Where FHIR lives. Reading what can be done and what is known is open; an assessment needs a token like a hook."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response

from hypomag.serve import described, fhir
from hypomag.serve.body import parsed
from hypomag.serve.desk import Desk
from hypomag.serve.refusal import Refusal

KIND = "application/fhir+json"
ASSESS = "/fhir/$assess"


def mount(app: FastAPI, desk: Desk) -> None:
    base = desk.settings.base_url

    @app.get("/fhir/metadata", **described.READ)
    async def metadata() -> Response:
        """What this server can."""
        return _sent(fhir.capability(base))

    @app.get("/fhir/{kind}/{name}", **described.READ)
    async def read(kind: str, name: str) -> Response:
        """The knowledge as PlanDefinition and Library, the operation as OperationDefinition."""
        known = {
            f"PlanDefinition/{fhir.PLAN}": fhir.plan(base),
            f"Library/{fhir.LIBRARY}": fhir.library(base),
            f"OperationDefinition/{fhir.OPERATION}": fhir.definition(base),
        }
        if f"{kind}/{name}" not in known:
            raise Refusal(404, "There is no such resource; see /fhir/metadata.")
        return _sent(known[f"{kind}/{name}"])

    @app.post("/fhir/$assess", **described.ASSESS)
    async def assess(request: Request) -> Response:
        """Assess one patient from the resources sent."""
        body = await request.body()
        made = await desk.do(_assessed, desk, request.headers.get("authorization"), body)
        return Response(made, media_type=KIND)


def _assessed(desk: Desk, authorization: str | None, body: bytes) -> bytes:
    caller = desk.caller(authorization, ASSESS)
    made, alerts = fhir.operation(
        parsed(body, desk.settings.limits, desk.settings.limits.record_values), desk.settings, desk.now()
    )
    went = made.encode()
    desk.write_down(caller, "assess", body, went, alerts=list(alerts))
    return went


def _sent(resource: fhir.JSON) -> Response:
    from hypomag.write.fhir import write

    return Response(write(resource), media_type=KIND)
