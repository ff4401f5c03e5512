"""Who calls: the signed token (JWT) that CDS Hooks 2.0.1 asks of every client, looked at in one fixed order.

The signature is joserfc's work; everything else is here: the key comes only from the configured set of the issuer, never
from an address in the token. A refusal carries its reason for the operator's log; the caller gets a bare 401.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from hypomag.record import Refused
from hypomag.serve.settings import Client

SKEW = 30  # seconds by which clocks may differ
LONGEST = 4096  # characters of a token
LONGEST_LIFE = 3600  # seconds from iat to exp that a token may live; the specification says five minutes
HEADER = {"alg", "kid", "typ", "jku"}  # a header with anything else is refused, crit and embedded keys above all
Fresh = Callable[[str, str, int], bool]  # issuer, jti, until when -> not seen before


class Stranger(Exception):
    """A token that is not let in. The message is for the operator's log and holds nothing of the token."""


@dataclass(frozen=True)
class Caller:
    """Who was let in."""

    client: Client
    tenant: str
    kid: str


class Door:
    """The clients that may come in, with their public keys."""

    def __init__(self, clients: tuple[Client, ...]) -> None:
        self.clients = {client.issuer: client for client in clients}
        self.keys = {client.issuer: keys_of(client) for client in clients}

    def let_in(self, authorization: str | None, endpoint: str, now: int, fresh: Fresh) -> Caller:
        """The caller behind an Authorization header. Raises Stranger."""
        token = bearer(authorization)
        header, payload = parts(token)
        client = self.clients.get(text(payload, "iss"))
        if client is None:
            raise Stranger("iss is no configured client")
        kid = check_header(header, client)
        key = self.keys[client.issuer].get(kid)
        if key is None:
            raise Stranger("kid is not in the client's key set")
        check_signature(token, key, str(header["alg"]))
        check_audience(payload, {endpoint, *client.audience})
        until = check_times(payload, now)
        tenant = check_tenant(payload, client)
        if not fresh(client.issuer, text(payload, "jti"), until + SKEW):
            raise Stranger("jti was used before")
        return Caller(client, tenant, kid)


def keys_of(client: Client) -> dict[str, Any]:
    """The client's public keys by kid. Raises Refused for a set that is not usable, or that holds a private key."""
    where = f"client {client.name} keys"
    try:
        written = json.loads(Path(client.keys).read_text("utf-8"))
        found = {key.kid: key for key in KeySet.import_key_set(written).keys}
    except (OSError, ValueError, KeyError, TypeError, JoseError) as wrong:
        raise Refused(f"{where}: not a JWK set that can be used ({type(wrong).__name__}).") from None
    for kid, key in found.items():
        if not kid or key.key_type not in ("EC", "RSA"):
            raise Refused(f"{where}: every key needs a kid and the type EC or RSA.")
        if key.is_private:
            raise Refused(f"{where}: {kid} is a private key; only public keys belong here.")
        if key.key_type == "RSA" and len(str(key.as_dict(private=False)["n"])) * 6 < 2048:
            raise Refused(f"{where}: {kid} has fewer than 2048 bits.")
    return {str(kid): key for kid, key in found.items()}


def bearer(authorization: str | None) -> str:
    kind, _, token = (authorization or "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise Stranger("no bearer token")
    if len(token) > LONGEST:
        raise Stranger("the token is too long")
    return token


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and payload, not yet trusted. Raises Stranger where they are no objects or say a thing twice."""
    pieces = token.split(".")
    if len(pieces) != 3 or not all(pieces):
        raise Stranger("not a signed token of three parts")
    return _object(pieces[0]), _object(pieces[1])


def _object(piece: str) -> dict[str, Any]:
    from base64 import urlsafe_b64decode, urlsafe_b64encode

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            raise ValueError
        return made

    try:
        data = urlsafe_b64decode(piece + "=" * (-len(piece) % 4))
        if urlsafe_b64encode(data).rstrip(b"=").decode() != piece:
            raise ValueError
        made = json.loads(data, object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise Stranger("header or payload is not plain base64url JSON") from None
    if not isinstance(made, dict):
        raise Stranger("header or payload is no object")
    return made


def text(payload: dict[str, Any], name: str) -> str:
    value = payload.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 512:
        raise Stranger(f"{name} is missing or no text")
    return value


def check_header(header: dict[str, Any], client: Client) -> str:
    """The kid of a header that says nothing but what we know."""
    if header.get("alg") not in client.algorithms:
        raise Stranger("alg is not one that this client may use")
    if header.keys() - HEADER:
        raise Stranger("the header says something that is not understood here")
    if header.get("typ") not in (None, "JWT"):
        raise Stranger("typ is not JWT")
    if "jku" in header and header["jku"] != client.jku:
        raise Stranger("jku is not the configured address")
    return text(header, "kid")


def check_signature(token: str, key: Any, algorithm: str) -> None:
    fits = {"ES384": ("EC", "P-384"), "RS384": ("RSA", None)}[algorithm]
    if key.key_type != fits[0] or (fits[1] and key.curve_name != fits[1]):
        raise Stranger("the key is not of the kind that alg needs")
    try:
        jws.deserialize_compact(token, key, algorithms=[algorithm])
    except (JoseError, ValueError):
        raise Stranger("the signature is not good") from None


def check_audience(payload: dict[str, Any], accepted: set[str]) -> None:
    said = payload.get("aud")
    named = said if isinstance(said, list) else [said]
    if not named or not all(isinstance(one, str) for one in named) or accepted.isdisjoint(named):
        raise Stranger("aud is not this address")


def check_times(payload: dict[str, Any], now: int) -> int:
    """When the token ends. It must have begun, not ended, and not live long."""
    for name in ("exp", "iat"):
        if type(payload.get(name)) not in (int, float):
            raise Stranger(f"{name} is missing or no number")
    if "nbf" in payload and type(payload["nbf"]) not in (int, float):
        raise Stranger("nbf is no number")
    exp, iat, nbf = payload["exp"], payload["iat"], payload.get("nbf", payload["iat"])
    if not exp > now - SKEW:
        raise Stranger("exp is past")
    if not (iat <= now + SKEW and nbf <= now + SKEW):
        raise Stranger("iat or nbf lies in the future")
    if not exp - iat <= LONGEST_LIFE:
        raise Stranger("it lives too long")
    return int(exp)


def check_tenant(payload: dict[str, Any], client: Client) -> str:
    tenant = payload.get("tenant", "")
    if not isinstance(tenant, str) or len(tenant) > 512:
        raise Stranger("tenant is no text")
    if client.tenants and tenant not in client.tenants:
        raise Stranger("tenant is not one of this client's")
    return tenant
