"""What every request passes: cross-origin questions, size and depth, headers, who may see the page, what an error says."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from hypomag.assess import bedside
from hypomag.record import Refused
from hypomag.serve import command
from hypomag.serve.body import depth, parsed
from hypomag.serve.refusal import Refusal
from hypomag.serve.settings import Limits, Settings, read
from tests.serve.ward import PATH, TestClient, ask, bearer, question, service, settings

ORIGIN = "https://ehr.example.org"


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    chosen = settings(tmp_path_factory.mktemp("gate"), origins=(ORIGIN,), limits=Limits(body_bytes=200_000))
    with service(chosen) as one:
        yield one


@pytest.mark.parametrize("path", ["/cds-services", PATH, f"{PATH}/feedback"])
def test_a_browser_may_ask_before_it_has_a_token(caller: TestClient, path: str) -> None:
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    reply = caller.options(path, headers=asked)
    assert reply.status_code == 204
    assert reply.headers["access-control-allow-origin"] == ORIGIN
    assert reply.headers["access-control-allow-headers"] == "authorization, content-type"
    other = caller.options(path, headers=asked | {"Origin": ORIGIN + ".evil.example"})
    assert "access-control-allow-origin" not in other.headers


def test_posts_and_errors_carry_the_headers_too(caller: TestClient) -> None:
    for reply in (
        caller.post(PATH, json=question(), headers=bearer() | {"Origin": ORIGIN}),
        caller.post(PATH, json=question(), headers={"Origin": ORIGIN}),
        caller.get("/nowhere", headers={"Origin": ORIGIN}),
        caller.post(PATH, content=b" " * 300_000, headers=bearer() | {"Origin": ORIGIN}),
    ):
        assert reply.headers["access-control-allow-origin"] == ORIGIN
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
        assert reply.headers["strict-transport-security"]
        assert "server" not in reply.headers


def test_every_error_is_an_operation_outcome_but_401(caller: TestClient) -> None:
    for status, reply in (
        (404, caller.get("/nowhere")),
        (405, caller.get(PATH)),
        (400, caller.post(PATH, content=b"{", headers=bearer())),
        (413, caller.post(PATH, content=b" " * 300_000, headers=bearer())),
        (415, caller.post(PATH, content=b"x", headers=bearer() | {"Content-Encoding": "gzip"})),
    ):
        assert reply.status_code == status
        assert reply.json()["resourceType"] == "OperationOutcome"
    bare = caller.post(PATH, json=question())
    assert (bare.status_code, bare.content) == (401, b"")
    assert bare.headers["www-authenticate"] == "Bearer"


def test_discovery_is_open_but_checks_a_token_that_is_sent(caller: TestClient) -> None:
    assert caller.get("/cds-services").status_code == 200
    assert caller.get("/cds-services", headers={"Authorization": "Bearer x.y.z"}).status_code == 401
    assert caller.get("/cds-services", headers=bearer("/cds-services")).status_code == 200


def test_dev_answers_without_a_token_and_still_checks_one(tmp_path: Path) -> None:
    with service(settings(tmp_path, dev=True)) as caller:
        assert caller.post(PATH, json=question()).status_code == 200
        assert caller.post(PATH, json=question(), headers={"Authorization": "Bearer x.y.z"}).status_code == 401
        assert ask(caller, question()).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "cds.example.org", "127.0.0.1.evil.example"])
def test_dev_listens_on_loopback_only(host: str) -> None:
    with pytest.raises(Refused, match="listens on"):
        command.check(Settings(dev=True), host)
    command.check(Settings(), host)
    command.check(Settings(dev=True), "127.0.0.1")


def test_without_a_client_every_hook_is_closed(tmp_path: Path) -> None:
    with service(Settings(folder=str(tmp_path))) as caller:
        assert caller.get("/cds-services").status_code == 200
        assert caller.post(PATH, json=question()).status_code == 401
        assert ask(caller, question()).status_code == 401


BOMBS = {
    "deep lists": b"[" * 190_000,
    "deep objects": b'{"a":' * 38_000,
    "closed": b"[" * 90_000 + b"]" * 90_000,
    "wide": b"[" + b"0," * 99_000 + b"0]",
    "keys": b"{" + b",".join(b'"%d":0' % n for n in range(20_000)) + b"}",
    "large number": b'{"a":' + b"9" * 190_000 + b"}",
    "exponent": b'{"a":1e999999999}',
    "escapes": b'{"a":"' + b"\\u0041" * 30_000 + b'"}',
    "quotes": b'"' + b'\\"' * 90_000 + b'"',
    "open text": b'{"a":"' + b"x" * 190_000,
    "nul": b'{"a":"\\u0000"}',
    "surrogate": b'{"a":"\\ud800"}',
    "utf-16": "{}".encode("utf-16"),
    "twice": b'{"hook":"a","hook":"b"}',
    "nan": b'{"a":NaN}',
    "nothing": b"",
    "not json": b"<xml/>",
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_small(caller: TestClient, name: str) -> None:
    """What the parser may hold meanwhile; its time is measured in bench/serve_load.py."""
    reply = caller.post(PATH, content=BOMBS[name], headers=bearer())
    assert reply.status_code in (400, 413)
    tracemalloc.start()
    with suppress(Refusal):
        parsed(BOMBS[name], Limits(body_bytes=200_000))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 50 * 2**20


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        (b"{}", 1),
        (b"[[1]]", 2),
        (b'{"a":"[[[[["}', 1),
        (b'"\\"[[["', 0),
        (b"[", 1),
        (b"[[],[[]]]", 3),
        (b'["\\\\",["]"]]', 2),
    ],
)
def test_depth_counts_outside_texts(text: bytes, levels: int) -> None:
    assert depth(text) == levels


def test_a_body_longer_than_it_says_is_refused(caller: TestClient) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(30):
            yield b" " * 10_000

    assert caller.post(PATH, content=pieces(), headers=bearer()).status_code == 413


def test_a_fault_of_ours_says_nothing_of_the_patient(
    caller: TestClient, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("CANARY in a message")

    monkeypatch.setattr("hypomag.serve.hooks.assess", broken)
    reply = ask(caller, question())
    assert reply.status_code == 500
    assert reply.json()["resourceType"] == "OperationOutcome"
    logged = capfd.readouterr().err
    assert "RuntimeError" in logged
    assert "CANARY" not in reply.text + logged


def test_health_ready_and_metrics(caller: TestClient) -> None:
    assert caller.get("/health").json()["status"] == "ok"
    assert caller.get("/ready").json()["status"] == "ready"
    ask(caller, question())
    text = caller.get("/metrics").text
    assert 'hypomag_alerts_total{alert="low",hook="patient-view",withheld=' in text
    caller.app.desk.ready = False
    reply = caller.get("/ready")
    caller.app.desk.ready = True
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "1")


def test_too_many_at_once_are_turned_away(tmp_path: Path) -> None:
    with service(settings(tmp_path, limits=Limits(waiting=1))) as caller:
        caller.app.desk.waiting = 1
        reply = ask(caller, question())
        assert (reply.status_code, reply.headers["retry-after"]) == (503, "1")
        caller.app.desk.waiting = 0
        assert ask(caller, question()).status_code == 200


def test_what_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules that run on and on are interrupted: the caller is told, and the next one is answered."""
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"
    with service(settings(tmp_path, limits=Limits(seconds=1.0))) as caller:
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr("hypomag.serve.hooks.assess", lambda *_, **__: bedside().db.execute(endless).fetchall())
            reply = ask(caller, question())
        assert (reply.status_code, reply.headers["retry-after"]) == (503, "1")
        assert ask(caller, question()).status_code == 200
        assert caller.app.desk.waiting == 0


@pytest.mark.parametrize(
    ("text", "place"),
    [("colour = 1", "colour"), ('base_url = "cds"', "base_url"), ('repeat = "often"', "repeat"), ("dev = 1", "dev"),
     ("[limits]\nseconds = 0", "limits"), ("[[client]]\nname = 'a'", "client"), ("[[client]]\nname='a'\nissuer='i'\nkeys='k'\n"
      "algorithms=['HS256']", "HS256"), ("[[client]]\nname='a'\nissuer='i'\nkeys='k'\nfhir_servers=['http://x']", "https"),
     ("[[client]]\nname='a'\nissuer='i'\nkeys='k'\nfetch_back=true", "fhir_servers"), ("not toml", "TOML"),
     ("[[launch]]\nissuer='http://x'\nclient_id='a'", "https"), ('alerts_off = ["nothing"]', "alerts_off")],
)  # fmt: skip
def test_wrong_settings_are_refused_in_a_sentence(tmp_path: Path, text: str, place: str) -> None:
    (tmp_path / "serve.toml").write_text(text)
    with pytest.raises(Refused, match=place):
        read(tmp_path / "serve.toml")


def test_the_example_settings_can_be_read() -> None:
    root = Path(__file__).parents[2]
    chosen = read(root / "deploy" / "serve.toml")
    assert chosen.base_url.startswith("https")
    assert not chosen.dev
    assert json.dumps(chosen.limits.body_bytes)
