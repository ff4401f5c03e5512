"""The page, for whoever sits at this machine: its router is mounted behind a check that the caller is on loopback."""

from __future__ import annotations

from fastapi import Depends, FastAPI, Request

from hypomag.serve.refusal import Refusal
from hypomag.serve.settings import LOOPBACK

FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")  # somebody else is behind the caller


def is_near(request: Request) -> bool:
    """Whether caller and name asked for are this machine. The name too: a page elsewhere may point its own name here."""
    if any(name in request.headers for name in FORWARDED):
        return False
    caller = request.client.host if request.client else ""
    return caller in LOOPBACK and (request.url.hostname or "") in LOOPBACK


def only_near(request: Request) -> None:
    if not is_near(request):
        raise Refusal(403, "The page opens only on the machine on which it runs, or from a SMART launch.")


def mount(app: FastAPI) -> None:
    from hypomag.serve.page import router  # type: ignore[import-not-found, unused-ignore]

    app.include_router(router, dependencies=[Depends(only_near)])
