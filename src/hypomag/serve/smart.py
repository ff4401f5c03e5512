"""SMART App Launch 2: from an EHR to the page, with PKCE (S256) always.

Only issuers that are configured; state is bound to the browser by a cookie and used once; the access token lives for one
call, is sent to that issuer alone and is kept nowhere. What is kept is that a browser may use the page for an hour.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx

from hypomag.read import json_text
from hypomag.record import Refused
from hypomag.serve import outward
from hypomag.serve.prefetch import templates
from hypomag.serve.refusal import Refusal
from hypomag.serve.settings import Launch, Settings

JSON = dict[str, Any]
LASTS, SESSION = 600, 3600  # seconds: of a launch under way, of a browser's leave to use the page
SECONDS = 10.0  # for everything that one launch reads


@dataclass(frozen=True)
class Begun:
    """A launch under way, as the shared state keeps it."""

    issuer: str
    verifier: str
    token_endpoint: str


class Outside:
    """Reads from the servers of a launch: https, no redirect, no private network that is not listed, one time for all."""

    def __init__(self, launch: Launch, ca: str, look: outward.Look | None = None, transport: Any = None) -> None:
        self.launch, self.look = launch, look or outward.addresses
        self.until = time.monotonic() + SECONDS
        self.connection = httpx.Client(
            trust_env=False, follow_redirects=False, transport=transport or outward.https(ca), timeout=SECONDS
        )

    def json(self, method: str, address: str, **sent: Any) -> JSON:
        """The object at an address. Raises Refusal 503 where it does not come well."""
        parts = urlsplit(address)
        try:
            at, host, port = outward.address_of(address, self.launch.private_networks, self.look)
            shown = f"[{at}]" if ":" in at else at
            url = f"https://{shown}:{port}{parts.path}" + (f"?{parts.query}" if parts.query else "")
            headers = {"Host": host, "Accept": "application/json, application/fhir+json"} | sent.pop("headers", {})
            left = self.until - time.monotonic()
            if left <= 0:
                raise outward.Closed("it took too long")
            with self.connection.stream(
                method, url, headers=headers, timeout=left, extensions={"sni_hostname": host}, **sent
            ) as reply:
                data = b"".join(outward.pieces(reply, self.until))
                if reply.status_code != 200:
                    raise outward.Closed(f"it replied {reply.status_code}")
            found = json_text.loads(data, "reply")
        except (outward.Closed, httpx.HTTPError, httpx.InvalidURL, Refused) as wrong:
            said = str(wrong) if isinstance(wrong, outward.Closed) else type(wrong).__name__
            raise Refusal(503, f"The server of the launch cannot be read: {said}.") from None
        if not isinstance(found, dict):
            raise Refusal(503, "The server of the launch cannot be read: no JSON object.")
        return found


def chosen(settings: Settings, issuer: str) -> Launch:
    """The configured launch of an issuer. Raises Refusal 403 for any other."""
    for one in settings.launches:
        if issuer.rstrip("/") == one.issuer.rstrip("/"):
            return one
    raise Refusal(403, "iss: launches from there are not configured here.")


def begin(launch: Launch, token: str, base_url: str, outside: Outside) -> tuple[str, str, Begun]:
    """Where to send the browser, the state that comes back with it, and what to keep meanwhile."""
    config = outside.json("GET", launch.issuer.rstrip("/") + "/.well-known/smart-configuration")
    authorize, exchange = config.get("authorization_endpoint"), config.get("token_endpoint")
    if not all(isinstance(one, str) and urlsplit(one).scheme == "https" for one in (authorize, exchange)):
        raise Refusal(503, "The server of the launch names no https endpoints.")
    if "S256" not in config.get("code_challenge_methods_supported", ["S256"]):
        raise Refusal(503, "The server of the launch does not take PKCE with S256.")
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    asked = {
        "response_type": "code", "client_id": launch.client_id, "redirect_uri": f"{base_url}/callback",
        "scope": launch.scope, "state": state, "aud": launch.issuer, "launch": token,
        "code_challenge": challenge(verifier), "code_challenge_method": "S256",
    }  # fmt: skip
    if not token:
        del asked["launch"]
    join = "&" if urlsplit(str(authorize)).query else "?"
    return f"{authorize}{join}{urlencode(asked)}", state, Begun(launch.issuer, verifier, str(exchange))


def challenge(verifier: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def finish(launch: Launch, begun: Begun, code: str, base_url: str, outside: Outside) -> list[JSON]:
    """What the launched patient's record holds, read with a token that is forgotten at once."""
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": f"{base_url}/callback",
        "client_id": launch.client_id, "code_verifier": begun.verifier,
    }  # fmt: skip
    said = outside.json("POST", begun.token_endpoint, data=form)
    token, patient = said.get("access_token"), said.get("patient")
    if not isinstance(token, str) or not isinstance(patient, str) or not outward.ID.fullmatch(patient):
        raise Refusal(503, "The server of the launch names no patient or gives no token.")
    headers = {"Authorization": f"Bearer {token}"}
    found = []
    for query in templates("patient-view").values():
        address = f"{launch.issuer.rstrip('/')}/{query.replace('{{context.patientId}}', patient)}"
        try:
            found.append(outside.json("GET", address, headers=headers))
        except Refusal:
            if query.startswith("Patient/"):
                raise
    return found
