"""The two addresses of a SMART launch, and the page that it opens."""

from __future__ import annotations

import asyncio
import json
import secrets
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI, Request, Response

from hypomag.serve import described, smart
from hypomag.serve.desk import Desk
from hypomag.serve.near import SESSION, hashed
from hypomag.serve.refusal import Refusal
from hypomag.serve.state import PAGE

LAUNCH = "__Host-hypomag-launch"  # the cookie that binds a launch to its browser


def mount(app: FastAPI, desk: Desk, outside: Any = smart.Outside) -> None:
    base, ca = desk.settings.base_url, desk.settings.ca

    @app.get("/launch", **described.LAUNCH)
    async def launch(iss: str, launch: str = "") -> Response:
        """An EHR sends the browser here."""
        one = smart.chosen(desk.settings, iss)
        where, state, begun = await asyncio.to_thread(smart.begin, one, launch, base, outside(one, ca))
        cookie = secrets.token_urlsafe(32)
        desk.state.begin(hashed(state + cookie), json.dumps(vars(begun)), desk.now() + smart.LASTS)
        reply = Response(status_code=302, headers={"Location": where})
        reply.set_cookie(LAUNCH, cookie, max_age=smart.LASTS, path="/", secure=True, httponly=True, samesite="lax")
        return reply

    @app.get("/callback", **described.LAUNCH)
    async def callback(request: Request, state: str = "", code: str = "") -> Response:
        """The EHR's sign-in sends the browser back here; the page of the patient is the reply."""
        kept = desk.state.end(hashed(state + request.cookies.get(LAUNCH, "")), desk.now())
        if kept is None or not code:
            raise Refusal(403, "This launch was not begun in this browser, is over, or was refused.")
        begun = smart.Begun(**json.loads(kept))
        one = smart.chosen(desk.settings, begun.issuer)
        found = await asyncio.to_thread(smart.finish, one, begun, code, base, outside(one, ca))
        made = await desk.do(_shown, desk, one.issuer, found)
        session = secrets.token_urlsafe(32)
        desk.state.begin(hashed(session), PAGE, desk.now() + smart.SESSION)
        made.set_cookie(
            SESSION, session, max_age=smart.SESSION, path="/", secure=True, httponly=True, samesite="strict"
        )
        made.delete_cookie(LAUNCH, path="/", secure=True, httponly=True)
        return made


def _shown(desk: Desk, issuer: str, found: list[smart.JSON]) -> Response:
    """The clinician's page of what was read, once it stands in the audit."""
    from hypomag.serve.page.answered import for_clinician
    from hypomag.serve.page.asked import Asked

    source = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in found]})
    now = datetime.fromtimestamp(desk.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    made = for_clinician(Asked({"source": source, "as_of": now}))
    desk.write_down(None, "launch", source.encode(), bytes(made.body), issuer=issuer)
    return made
