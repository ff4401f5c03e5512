"""The page: for whoever sits at this machine, and for a browser that a SMART launch has let in."""

from __future__ import annotations

import hashlib
from pathlib import Path

from fastapi import Depends, FastAPI, Request

from hypomag.serve.desk import Desk
from hypomag.serve.refusal import Refusal
from hypomag.serve.settings import LOOPBACK

SESSION = "__Host-hypomag-page"  # the cookie that a launch gives
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")  # somebody else is behind the caller


def is_near(request: Request) -> bool:
    """Whether caller and name asked for are this machine. The name too: a page elsewhere may point its own name here."""
    if any(name in request.headers for name in FORWARDED):
        return False
    caller = request.client.host if request.client else ""
    return caller in LOOPBACK and (request.url.hostname or "") in LOOPBACK


def mount(app: FastAPI, desk: Desk) -> None:
    from hypomag.serve.page import router
    from hypomag.serve.page.population import Population

    shown = desk.settings.screened
    population = Population(Path(shown), Path(source) if (source := desk.settings.screened_from) else None)

    def let_in(request: Request) -> None:
        session = hashed(request.cookies.get(SESSION, ""))
        near = is_near(request)
        request.state.population = population if near and shown else None  # a launch is for one patient
        if not near and not desk.state.may_see(session, desk.now()):
            raise Refusal(403, "The page opens only on the machine on which it runs, or from a SMART launch.")

    app.include_router(router, dependencies=[Depends(let_in)])


def hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
