"""Where the pages live. Thin: read what was sent, assess, fill a template."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from hypomag.body.known import Mistake
from hypomag.record import Refused
from hypomag.serve.page import answered, fan, lessons, screened
from hypomag.serve.page.asked import LABS, Asked, asked, cases, lab_units
from hypomag.serve.page.html import HEADERS, page

router = APIRouter(include_in_schema=False)
router.include_router(lessons.router)
router.include_router(screened.router)
STATIC = files("hypomag") / "serve" / "page" / "static"
KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "LICENSE": "text/plain"}


@router.get("/")
def start() -> HTMLResponse:
    return _start(Asked())


@router.post("/")
async def change(request: Request) -> HTMLResponse:
    """The start page with what was entered before, to be changed."""
    try:
        return _start(await asked(request))
    except Refused as refusal:
        return _start(Asked(), str(refusal))


@router.get("/cases/{case}")
async def published(case: str) -> HTMLResponse:
    """A published case, which is nobody's record: it may stand in an address."""
    return await _answered(Asked({"case": case}), answered.for_clinician)


@router.get("/clinician")
@router.get("/patient")
def again() -> RedirectResponse:
    """An answer has no address of its own: who asks for one begins anew."""
    return RedirectResponse("/", 303, HEADERS)


@router.post("/clinician")
async def for_clinician(request: Request) -> HTMLResponse:
    try:
        return await _answered(await asked(request), answered.for_clinician)
    except Refused as refusal:
        return _start(Asked(), str(refusal), 413)


@router.post("/patient")
async def for_patient(request: Request) -> HTMLResponse:
    try:
        return await _answered(await asked(request), answered.for_patient)
    except Refused as refusal:
        return _start(Asked(), str(refusal), 413)


async def _answered(given: Asked, made: Callable[[Asked], HTMLResponse]) -> HTMLResponse:
    try:
        return await run_in_threadpool(made, given)
    except Refused as refusal:
        return _start(given, str(refusal), 422)


def _start(given: Asked, refusal: str | None = None, status: int = 200) -> HTMLResponse:
    return page(
        "start.html",
        status,
        view="clinician",
        refusal=refusal,
        given=given.fields,
        cases=cases(),
        labs=LABS,
        lab_units=lab_units(),
        today=datetime.now(UTC).date().isoformat(),
    )


@router.post("/forecast")
async def forecast(request: Request) -> JSONResponse:
    """The fan for where the sliders stand."""
    return await _fan(request, lambda given, unit: fan.told(given, fan.wish(given.fields), unit))


@router.post("/plans")
async def plans(request: Request) -> JSONResponse:
    """The options of the assessment side by side."""
    return await _fan(request, lambda given, unit: fan.side_by_side(given, unit, fan.wish(given.fields).until))


async def _fan(request: Request, make: Callable[[Asked, str], dict[str, Any]]) -> JSONResponse:
    try:
        given = await asked(request)
        made = await run_in_threadpool(make, given, given.unit or "mmol/L")
        return JSONResponse(fan.plain(made), headers=HEADERS)
    except fan.Forgotten as forgotten:
        return JSONResponse({"refusal": str(forgotten)}, 410, HEADERS)
    except (Refused, Mistake) as refusal:
        return JSONResponse({"refusal": str(refusal)}, 422, HEADERS)


@cache
def _static() -> dict[str, tuple[bytes, str]]:
    """Every file that a page may load, read once; a name that is not here does not exist."""
    found = {}
    for folder, prefix in ((STATIC, ""), (STATIC / "vega", "vega/")):
        for file in folder.iterdir():
            kind = KINDS.get(file.name.rpartition(".")[2])
            if kind and file.is_file():
                found[prefix + file.name] = (file.read_bytes(), kind)
    return found


@router.get("/static/{name:path}")
def static(name: str) -> Response:
    if name not in _static():
        return Response("There is no such file.\n", 404, media_type="text/plain")
    content, kind = _static()[name]
    headers: dict[str, Any] = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=kind, headers=headers)
