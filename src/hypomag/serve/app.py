"""The application: thin routes. What is asked is taken apart, answered, written down, and only then sent."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from hypomag.serve import described, fhir_routes, hooks
from hypomag.serve.body import parsed
from hypomag.serve.desk import Desk
from hypomag.serve.gate import Gate
from hypomag.serve.near import is_near
from hypomag.serve.question import question
from hypomag.serve.refusal import Refusal
from hypomag.serve.settings import Settings

SERVICE = f"/cds-services/{hooks.ID}"


def create(settings: Settings, desk: Desk | None = None) -> Gate:
    """The ASGI application for some settings."""
    desk = desk or Desk(settings)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        await desk.start()
        yield
        await desk.stop()

    app = FastAPI(title="hypomag", version=desk.versions["program"], docs_url=None, redoc_url=None, lifespan=life)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _incomplete)
    app.add_exception_handler(Exception, _failed)  # it goes on to the gate, which logs it
    _hooks(app, desk)
    _health(app, desk)
    fhir_routes.mount(app, desk)
    if settings.page:
        from hypomag.serve import launch, near

        launch.mount(app, desk)
        near.mount(app, desk)
    return Gate(app, desk)


async def _refused(_: Request, wrong: Exception) -> Response:
    if isinstance(wrong, HTTPException):
        wrong = Refusal(wrong.status_code, described.PLAIN.get(wrong.status_code, "The request cannot be answered."))
    assert isinstance(wrong, Refusal)
    return Response(wrong.body(), wrong.status, wrong.headers())


async def _incomplete(_: Request, __: Exception) -> Response:
    refusal = Refusal(422, "A parameter of the address is missing or no text.")
    return Response(refusal.body(), refusal.status, refusal.headers())


async def _failed(_: Request, __: Exception) -> Response:
    refusal = Refusal(500, "Something went wrong here; nothing was answered.")
    return Response(refusal.body(), refusal.status, refusal.headers())


def reply(body: Any, kind: str = "application/json") -> Response:
    return Response(written(body), media_type=kind)


def written(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=_number).encode()


def _number(value: Any) -> int | float:
    """A Decimal of a draft resource: these have so few digits that a float writes the same."""
    return int(value) if value == int(value) else float(value)


def _hooks(app: FastAPI, desk: Desk) -> None:
    @app.get("/cds-services", **described.DISCOVERY)
    async def discover(request: Request) -> Response:
        """What is offered. Open, but a token that is sent is checked."""
        await desk.do(desk.caller, request.headers.get("authorization"), "/cds-services", True)
        return reply(hooks.offered())

    @app.post("/cds-services/{service}", **described.CALL)
    async def call(service: str, request: Request) -> Response:
        """One call of a hook."""
        _known(service)
        body = await request.body()
        made = await desk.do(answer, desk, request.headers.get("authorization"), body)
        return Response(made, media_type="application/json")

    @app.post("/cds-services/{service}/feedback", **described.FEEDBACK)
    async def feedback(service: str, request: Request) -> Response:
        """What became of cards."""
        _known(service)
        body = await request.body()
        await desk.do(take, desk, request.headers.get("authorization"), body)
        return reply({})


def _known(service: str) -> None:
    if service != hooks.ID:
        raise Refusal(404, f"There is no such service; there is {hooks.ID}.")


def answer(desk: Desk, authorization: str | None, body: bytes) -> bytes:
    """The reply to one call, once it stands in the audit."""
    caller = desk.caller(authorization, SERVICE)
    asked = question(parsed(body, desk.settings.limits))
    if caller:
        desk.read_back(asked, caller.client)
    name = caller.client.name if caller else ""
    made = hooks.reply(asked, desk.settings, desk.state, name, desk.now())
    went = written(made.body)
    desk.write_down(
        caller, asked.hook, body, went, instance=desk.hidden(asked.instance), patient=desk.hidden(asked.patient),
        user=desk.hidden(asked.user), alerts=list(made.alerts), card=made.card, withheld=made.withheld,
    )  # fmt: skip
    for alert in made.alerts:
        desk.counts.add("hypomag_alerts_total", alert=alert, hook=asked.hook, withheld=made.withheld)
    return went


def take(desk: Desk, authorization: str | None, body: bytes) -> None:
    """Feedback, kept once however often it comes."""
    caller = desk.caller(authorization, f"{SERVICE}/feedback")
    rows = hooks.feedback(parsed(body, desk.settings.limits))
    desk.write_down(caller, "feedback", body, b"{}", outcomes=len(rows))
    desk.state.take_feedback(rows, desk.now())


def _health(app: FastAPI, desk: Desk) -> None:
    @app.get("/health", **described.HEALTH)
    async def health() -> Response:
        """The process lives."""
        return reply({"status": "ok", **desk.versions})

    @app.get("/ready", **described.READY)
    async def ready() -> Response:
        """Rules and knowledge are loaded, and no stop has begun."""
        if not desk.ready:
            raise Refusal(503, "Not ready: starting or stopping.", retry_after=1)
        return reply({"status": "ready", **desk.versions})

    @app.get("/metrics", **described.METRICS)
    async def metrics(request: Request) -> Response:
        """Counts of this worker, for a scraper on this machine."""
        if not is_near(request):
            raise Refusal(403, "Counts are read on this machine only.")
        for alerts, version, outcome, number in desk.state.outcomes():
            for alert in alerts.split():
                desk.counts.put("hypomag_feedback_total", number, alert=alert, knowledge=version, outcome=outcome)
        return Response(desk.counts.text(), media_type="text/plain; version=0.0.4")
