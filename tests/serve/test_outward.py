"""Reading back: only from the listed addresses, never inside the house, and the access token goes nowhere else."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from hypomag.serve import outward
from hypomag.serve import question as questions
from hypomag.serve.settings import Limits
from tests.serve.ward import CREATININE, MAGNESIUM, bundle, client, question, result

SERVER = "https://fhir.example.org/r4"
PUBLIC = "93.184.216.34"


def asked(server: str = SERVER, patient: str = "p1", **came: Any) -> questions.Question:
    body = question(**came)
    body |= {"fhirServer": server, "fhirAuthorization": {"access_token": "SECRET"}}
    body["context"]["patientId"] = patient
    return questions.question(body)


def servers(path: Path) -> Any:
    return client(path, fetch_back=True, fhir_servers=(SERVER,))


LOOKALIKES = [
    f"{scheme}{host}{rest}"
    for scheme in ("https://", "http://")
    for host in (
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "0.0.0.0",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "169.254.169.254",
        "[fe80::1]",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "[fd00::1]",
        "100.64.0.1",
        "metadata.google.internal",
        "fhir.example.org.evil.example",
        "evil.example",
        "fhir.example.org@evil.example",
        "evil.example#fhir.example.org",
        "fhir.example.org%2eevil.example",
        "fhir。example。org",
        "fhir.example.org.",
        "FHIR.example.org",
        "fhir.example.orgevil.example",
        "xfhir.example.org",
        "ｆhir.example.org",
        "[::]",
        "[64:ff9b::7f00:1]",
        "fhir.example.org:80",
        "fhir.example.org:8443",
        "user:pw@fhir.example.org",
        "fhir.example.org\\@evil.example",
    )
    for rest in ("/r4", "")
] + [
    "https://fhir.example.org",
    "https://fhir.example.org/r4/../admin",
    "https://fhir.example.org/r4x",
    "https://fhir.example.org/R4",
    "https://fhir.example.org/r4?x=1",
    "https://fhir.example.org/r4#x",
    "https://fhir.example.org/r4/%2e%2e",
    "//fhir.example.org/r4",
    "file:///etc/passwd",
    "gopher://fhir.example.org/r4",
    "ftp://fhir.example.org/r4",
    "data:text/plain,x",
    "javascript:1",
    "unix:/x",
    "https://fhir.example.org/r4\r\nHost: evil.example",
    "https://fhir.example.org/r4\n",
    " https://fhir.example.org/r4",
    "https://fhir.example.org/r4\t",
    "https:/fhir.example.org/r4",
    "https:fhir.example.org/r4",
    "https://fhir.example.org:443/r4",
    "jar:https://fhir.example.org/r4!/",
    "https://fhir.example.org/r4;x",
    "HTTPS://fhir.example.org/r4",
    "wss://fhir.example.org/r4",
]


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Every look-up and connection that anything tries; none is let through."""
    tried: list[Any] = []

    def record(*arguments: Any, **_: Any) -> Any:
        tried.append(arguments[-1] if arguments else None)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket, "getaddrinfo", record)
    monkeypatch.setattr(socket.socket, "connect", record)
    yield tried


def test_no_look_alike_is_looked_up_or_connected_to(tmp_path: Path, connections: list[Any]) -> None:
    assert len(LOOKALIKES) >= 90
    for server in LOOKALIKES:
        if len(server) > 0 and server != SERVER:
            with pytest.raises(outward.Closed):
                outward.complete(asked(server, labs=...), servers(tmp_path), Limits())
    assert connections == []


INSIDE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.5.4",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.1.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fd12::1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "ff02::1",
    "198.18.0.1",
    "192.0.2.1",
    "203.0.113.7",
    "240.0.0.1",
]


@pytest.mark.parametrize("address", INSIDE)
def test_a_listed_name_that_leads_inside_is_closed(tmp_path: Path, connections: list[Any], address: str) -> None:
    for found in ([address], [PUBLIC, address]):  # one bad address among good ones is enough
        with pytest.raises(outward.Closed, match="private"):
            outward.complete(asked(labs=...), servers(tmp_path), Limits(), look=lambda *_, f=found: f)
    assert connections == []


def test_a_listed_private_network_is_open() -> None:
    assert outward.address_of(SERVER, ("10.20.0.0/16",), lambda *_: ["10.20.3.4"])[0] == "10.20.3.4"
    with pytest.raises(outward.Closed):
        outward.address_of(SERVER, ("10.20.0.0/16",), lambda *_: ["10.21.3.4"])


def test_off_by_default(tmp_path: Path, connections: list[Any]) -> None:
    assert outward.complete(asked(labs=...), client(tmp_path), Limits()) == []
    assert connections == []


def test_only_what_lacks_is_read_and_at_the_address_that_was_looked_at(tmp_path: Path) -> None:
    seen: list[httpx.Request] = []
    looked: list[str] = []

    def look(host: str, port: int) -> list[str]:
        looked.append(host)
        return [PUBLIC]

    def reply(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=bundle(result(CREATININE, 0.9, "mg/dL", "Creatinine")))

    one = asked(labs=..., conditions={"resourceType": "OperationOutcome"})
    read = outward.complete(one, servers(tmp_path), Limits(), look, httpx.MockTransport(reply))
    assert read == ["labs", "conditions"]
    assert one.states["labs"] == "given"
    assert looked == ["fhir.example.org"]  # once: a second look-up could lead elsewhere
    for request in seen:
        assert request.url.host == PUBLIC
        assert request.headers["host"] == "fhir.example.org"
        assert request.extensions["sni_hostname"] == "fhir.example.org"
        assert request.headers["authorization"] == "Bearer SECRET"
        assert str(request.url).startswith(f"https://{PUBLIC}/r4/")


@pytest.mark.parametrize(
    "reply",
    [httpx.Response(302, headers={"Location": "https://evil.example/"}), httpx.Response(301, headers={"Location": SERVER}),
     httpx.Response(500), httpx.Response(404), httpx.Response(200, content=b"<html>"), httpx.Response(200, content=b"[]"),
     httpx.Response(200, content=b"[" * 100_000), httpx.Response(200, content=b" " * (5 * 2**20)), httpx.Response(204)],
)  # fmt: skip
def test_a_bad_reply_leaves_the_key_unknown_and_is_not_followed(tmp_path: Path, reply: httpx.Response) -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.host)
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)

    one = asked(labs=...)
    assert outward.complete(one, servers(tmp_path), Limits(), lambda *_: [PUBLIC], httpx.MockTransport(answer)) == []
    assert one.states["labs"] == "missing"
    assert set(seen) == {PUBLIC}


def test_all_reading_shares_one_time(tmp_path: Path) -> None:
    one = asked(labs=..., medications=..., conditions=...)
    seen: list[Any] = []

    def slow(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        raise httpx.ReadTimeout("slow")

    limits = Limits(fetch_seconds=1e-9)
    assert outward.complete(one, servers(tmp_path), limits, lambda *_: [PUBLIC], httpx.MockTransport(slow)) == []
    assert seen == []


@pytest.mark.parametrize("patient", ["../admin", "p1/_history", "p1?x", "p1 ", "p\r\nX: y", "Ä", "%2e%2e", "p1&code=x"])
def test_an_id_that_is_none_is_not_put_into_an_address(tmp_path: Path, connections: list[Any], patient: str) -> None:
    with pytest.raises(outward.Closed, match="id"):
        outward.complete(asked(patient=patient, labs=...), servers(tmp_path), Limits())
    assert connections == []


def test_what_was_read_back_is_answered_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from tests.serve.ward import card, service, settings

    def reply(request: httpx.Request) -> httpx.Response:
        if MAGNESIUM in str(request.url):
            return httpx.Response(200, json=bundle(result(MAGNESIUM, 0.9, "mg/dL", "Magnesium")))
        return httpx.Response(200, json=bundle())

    monkeypatch.setattr(outward, "addresses", lambda *_: [PUBLIC])
    monkeypatch.setattr(outward, "https", lambda *_: httpx.MockTransport(reply))
    chosen = replace(settings(tmp_path), clients=(servers(tmp_path),))
    with service(chosen) as caller:
        body = question() | {"fhirServer": SERVER + "/", "fhirAuthorization": {"access_token": "SECRET"}}
        del body["prefetch"]["magnesium"]
        shown = card(caller, body)
    assert shown
    assert "0.9 mg/dL" in shown["summary"]
    assert "SECRET" not in json.dumps(shown) + (tmp_path / "audit.jsonl").read_text()
