"""What a token says and which of the checks at the door it passes, in the order of the door, for whoever sets a client up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from hypomag.serve import tokens
from hypomag.serve.settings import Settings
from hypomag.serve.tokens import Door, Stranger

SHOWN = ("iss", "aud", "exp", "iat", "nbf", "jti", "tenant", "sub")


def token(settings: Settings, written: str, path: str, now: int | None = None) -> tuple[list[str], bool]:
    """Lines to read, and whether it would be let in. The signature is not shown, nor anything that could be used."""
    at = int(time.time()) if now is None else now
    door, endpoint = Door(settings.clients), settings.base_url + path
    bare = written.strip().removeprefix("Authorization:").strip().removeprefix("Bearer ").strip()
    lines: list[str] = []
    try:
        header, payload = tokens.parts(tokens.bearer(f"Bearer {bare}"))
    except Stranger as stranger:
        return [f"NOT A TOKEN  {stranger}"], False
    lines += [f"header   {key}: {value!r}" for key, value in header.items()]
    lines += [f"payload  {key}: {payload[key]!r}" for key in SHOWN if key in payload]
    client = door.clients.get(str(payload.get("iss")))
    if client is None:
        known = ", ".join(door.clients) or "none at all"
        return [*lines, f"FAILS  iss: no client has this issuer; configured are {known}"], False
    key: list[Any] = []

    def kid() -> None:
        found = door.keys[client.issuer].get(tokens.check_header(header, client))
        if found is None:
            raise Stranger(f"kid: {client.keys} has {', '.join(door.keys[client.issuer])}")
        key.append(found)

    steps: list[tuple[str, Callable[[], Any]]] = [
        ("header and key", kid),
        ("signature", lambda: tokens.check_signature(bare, key[0], str(header["alg"]))),
        ("audience", lambda: tokens.check_audience(payload, {endpoint, *client.audience})),
        ("times", lambda: tokens.check_times(payload, at)),
        ("tenant", lambda: tokens.check_tenant(payload, client)),
        ("jti", lambda: tokens.text(payload, "jti")),
    ]
    good = True
    for name, step in steps:
        if name == "signature" and not key:
            continue
        try:
            step()
            lines.append(f"good   {name}")
        except Stranger as stranger:
            good = False
            lines.append(f"FAILS  {name}: {stranger}" + (f" (expected {endpoint})" if name == "audience" else ""))
    lines.append("would be let in, once" if good else "would get 401")
    return lines, good
