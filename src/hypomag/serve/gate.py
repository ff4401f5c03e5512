"""What every request passes first: CORS before anything is asked, size, headers that protect, one line in the log.

Plain ASGI, outside the framework, so that nothing of a request reaches an error page or a log by another way.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from hypomag.serve.desk import Desk
from hypomag.serve.refusal import Refusal

Scope = MutableMapping[str, Any]
Call = Callable[..., Awaitable[Any]]
PROTECT = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
ALLOWED = "authorization, content-type"
HEADERS = 100  # that a request may carry


class Gate:
    """Wraps the application."""

    def __init__(self, app: Call, desk: Desk) -> None:
        self.app, self.desk = app, desk
        self.name = f"hypomag {desk.versions['program']}, knowledge {desk.versions['knowledge']}"

    async def __call__(self, scope: Scope, receive: Call, send: Call) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status, begun = time.monotonic(), 500, False
        origin = _header(scope, b"origin")
        crossing = self._crossing(origin)

        async def answered(message: Any) -> None:
            nonlocal status, begun
            if message["type"] == "http.response.start":
                status, begun = message["status"], True
                message["headers"] = self._dressed(message["headers"], crossing)
            await send(message)

        try:
            if scope["method"] == "OPTIONS" and origin is not None and _header(scope, b"access-control-request-method"):
                await _reply(answered, 204, {}, b"")  # before authentication: a browser asks without a token
            else:
                await self.app(scope, self._measured(scope, receive), answered)
        except Refusal as said:
            if not begun:
                await _reply(answered, said.status, said.headers(), said.body())
        except Exception as wrong:
            self.desk.log.line("failed", error=type(wrong).__name__, where=_where(wrong))
            if not begun:
                refusal = Refusal(500, "Something went wrong here; nothing was answered.")
                await _reply(answered, 500, refusal.headers(), refusal.body())
        finally:
            route = getattr(scope.get("route"), "path", "other")
            took = time.monotonic() - began
            self.desk.counts.took(took, route)
            self.desk.counts.add("hypomag_requests_total", route=route, status=str(status))
            self.desk.log.line("request", route=route, status=status, ms=round(1000 * took, 1))

    def _crossing(self, origin: str | None) -> dict[str, str]:
        if origin is None or origin not in self.desk.settings.origins:
            return {}
        return {
            "Access-Control-Allow-Origin": origin, "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
            "Access-Control-Allow-Headers": ALLOWED, "Access-Control-Max-Age": "600", "Vary": "Origin",
        }  # fmt: skip

    def _dressed(self, headers: Any, crossing: dict[str, str]) -> list[tuple[bytes, bytes]]:
        """The headers with ours added; a route may say its own policy."""
        said = {name.lower() for name, _ in headers}
        ours = {**PROTECT, "X-Hypomag-Version": self.name, **crossing}
        if self.desk.settings.base_url.startswith("https"):
            ours["Strict-Transport-Security"] = "max-age=31536000"
        added = [(k.lower().encode(), v.encode()) for k, v in ours.items() if k.lower().encode() not in said]
        return [*headers, *added]

    def _measured(self, scope: Scope, receive: Call) -> Call:
        """The body, refused when it is longer than it may be, whatever its header says."""
        limits = self.desk.settings.limits
        most = limits.body_bytes if scope["path"].startswith("/cds-services") else limits.record_bytes
        length = _header(scope, b"content-length") or "0"
        if len(scope["headers"]) > HEADERS:
            raise Refusal(400, "Too many headers.")
        if not length.isdecimal() or int(length) > most:
            raise Refusal(413, f"The body may have {most} bytes.")
        if _header(scope, b"content-encoding") not in (None, "identity"):
            raise Refusal(415, "Content-Encoding: send the body as it is.")
        came = 0

        async def measured() -> Any:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > most:
                raise Refusal(413, f"The body may have {most} bytes.")
            return message

        return measured


def _header(scope: Scope, name: bytes) -> str | None:
    found = next((value for key, value in scope["headers"] if key == name), None)
    return None if found is None else str(found.decode("latin-1"))


def _where(wrong: BaseException) -> str:
    """File and line of the last step in our own code: what a report needs, and no value of any variable."""
    step, found = wrong.__traceback__, ""
    while step is not None:
        name = step.tb_frame.f_code.co_filename
        if "hypomag" in name:
            found = f"{name.rsplit('hypomag', 1)[-1].lstrip('/')}:{step.tb_lineno}"
        step = step.tb_next
    return found


async def _reply(send: Call, status: int, headers: dict[str, str], body: bytes) -> None:
    said = [(key.lower().encode(), value.encode()) for key, value in headers.items()]
    said.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": said})
    await send({"type": "http.response.body", "body": body})
