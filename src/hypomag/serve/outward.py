"""Reading back from a client's FHIR server what its prefetch lacks. Off unless the client's settings allow it.

Only https, only the base addresses of that client's list to the letter, no redirect, no proxy, no address inside a private
network unless its network is listed, and all of it within one time. The name is looked up once and the connection goes to
the address that was looked at, so that a second look-up cannot lead elsewhere. The access token goes to that server alone
and is kept nowhere.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from hypomag.read import json_text
from hypomag.record import Refused
from hypomag.serve.prefetch import PATIENT, templates
from hypomag.serve.question import Question
from hypomag.serve.settings import Client, Limits

ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
MOST_BYTES = 4 * 2**20  # of one reply
Look = Callable[[str, int], list[str]]  # host, port -> addresses


class Closed(Exception):
    """An address that we may not read from. The message is for the operator's log."""


def addresses(host: str, port: int) -> list[str]:
    """What a name stands for now."""
    return sorted({str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})


def allowed(server: str, listed: tuple[str, ...]) -> str:
    """The listed base address that `server` is, to the letter but for a slash at its end. Raises Closed."""
    for one in listed:
        if server.rstrip("/") == one.rstrip("/"):
            return one.rstrip("/")
    raise Closed("fhirServer is not one of this client's fhir_servers")


def address_of(base: str, networks: tuple[str, ...], look: Look = addresses) -> tuple[str, str, int]:
    """Address, name and port to connect to. Raises Closed where any address of the name is private and not listed."""
    parts = urlsplit(base)
    host, port = parts.hostname or "", parts.port or 443
    if parts.scheme != "https" or parts.username or parts.password or not host.isascii():
        raise Closed("not a plain https address")
    try:
        found = [ipaddress.ip_address(one.split("%")[0]) for one in look(host, port)]
    except (OSError, ValueError, UnicodeError):
        raise Closed("its name cannot be looked up") from None
    inside = [ipaddress.ip_network(one) for one in networks]
    for one in found:
        plain = getattr(one, "ipv4_mapped", None) or one
        listed = any(plain.version == net.version and plain in net for net in inside)
        if not listed and (not plain.is_global or plain.is_multicast):
            raise Closed("its name stands for a private address")
    if not found:
        raise Closed("its name stands for no address")
    return str(found[0]), host, port


def https(ca: str = "") -> httpx.BaseTransport:
    """Connections whose certificates are checked, against the authorities of a file or the usual ones."""
    return httpx.HTTPTransport(verify=ssl.create_default_context(cafile=ca or None), trust_env=False)


def complete(
    question: Question, client: Client, limits: Limits, look: Look | None = None, transport: Any = None, ca: str = ""
) -> list[str]:  # fmt: skip
    """Read what is missing or failed and put it into the question; the keys that were read. Raises Closed.

    A read that fails leaves its key as it was: the answer says what did not come.
    """
    lacking = [key for key in templates(question.hook) if question.states[key] in ("missing", "failed")]
    if not client.fetch_back or not question.server or not lacking:
        return []
    base = allowed(question.server, client.fhir_servers)
    if not ID.fullmatch(question.patient) or (question.encounter and not ID.fullmatch(question.encounter)):
        raise Closed("patientId or encounterId is no FHIR id")
    address, host, port = address_of(base, client.private_networks, look or addresses)
    until = time.monotonic() + limits.fetch_seconds
    read = []
    with httpx.Client(trust_env=False, follow_redirects=False, transport=transport or https(ca)) as connection:
        for key in lacking:
            value = _read(connection, _url(base, address, host, port), _query(question, key), question, host, until)
            if value is not None:
                question.take(key, value)
                read.append(key)
    return read


def pieces(reply: httpx.Response, until: float) -> Iterator[bytes]:
    """The bytes of a reply as they come. Raises Closed where they are too many or too slow."""
    came = 0
    for piece in reply.iter_bytes():
        came += len(piece)
        if came > MOST_BYTES or time.monotonic() > until:
            raise Closed("the reply is too long or too slow")
        yield piece


def _url(base: str, address: str, host: str, port: int) -> str:
    shown = f"[{address}]" if ":" in address else address
    return f"https://{shown}:{port}{urlsplit(base).path.rstrip('/')}"


def _query(question: Question, key: str) -> str:
    filled = templates(question.hook)[key].replace(PATIENT, quote(question.patient, safe=""))
    return filled.replace("{{context.encounterId}}", quote(question.encounter, safe=""))


def _read(connection: httpx.Client, base: str, query: str, question: Question, host: str, until: float) -> Any:
    """One resource or Bundle, None where it did not come in time, whole and well."""
    left = until - time.monotonic()
    if left <= 0:
        return None
    headers = {"Host": host, "Accept": "application/fhir+json"}
    if token := question.authorization.get("access_token"):
        headers["Authorization"] = f"Bearer {token}"
    try:
        with connection.stream(
            "GET", f"{base}/{query}", headers=headers, timeout=left, extensions={"sni_hostname": host}
        ) as reply:
            if reply.status_code != 200:
                return None
            data = b"".join(pieces(reply, until))
        found = json_text.loads(data, "reply")
    except (Closed, httpx.HTTPError, httpx.InvalidURL, Refused, ValueError):
        return None
    return found if isinstance(found, dict) else None
