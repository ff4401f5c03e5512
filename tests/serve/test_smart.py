"""SMART launch: PKCE always, configured issuers alone, each launch once and in its own browser, the token kept nowhere."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from hypomag.serve import app, outward
from hypomag.serve.desk import Desk
from hypomag.serve.settings import Launch
from tests.serve.ward import MAGNESIUM, NOW, PATIENT, TestClient, bundle, result, settings

EHR = "https://ehr.example.org/fhir"
PUBLIC = "93.184.216.34"


class Ehr:
    """A sign-in and a FHIR server, as httpx sees them; what it was asked."""

    def __init__(self) -> None:
        self.seen: list[httpx.Request] = []
        self.config: dict[str, Any] = {
            "authorization_endpoint": "https://login.example.org/authorize",
            "token_endpoint": "https://login.example.org/token",
            "code_challenge_methods_supported": ["S256"],
        }
        self.token: dict[str, Any] = {"access_token": "SECRET", "patient": "p1", "scope": "launch"}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        path = request.url.path
        if path.endswith("/.well-known/smart-configuration"):
            return httpx.Response(200, json=self.config)
        if path == "/token":
            return httpx.Response(200, json=self.token)
        if path.endswith("/Patient/p1"):
            return httpx.Response(200, json=PATIENT)
        if MAGNESIUM in str(request.url):
            return httpx.Response(200, json=bundle(result(MAGNESIUM, 0.9, "mg/dL", "Magnesium")))
        return httpx.Response(200, json=bundle())


@pytest.fixture
def ehr(monkeypatch: pytest.MonkeyPatch) -> Ehr:
    one = Ehr()
    monkeypatch.setattr(outward, "https", lambda *_: httpx.MockTransport(one))
    monkeypatch.setattr(outward, "addresses", lambda *_: [PUBLIC])
    return one


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[TestClient]:
    """Somewhere else: not on this machine, over https."""
    chosen = settings(tmp_path, page=True, launches=(Launch(EHR, "hypomag"),))
    with TestClient(
        app.create(chosen, Desk(chosen, lambda: NOW)), "https://cds.example.org", client=("203.0.113.9", 1)
    ) as one:
        yield one


def launched(browser: TestClient) -> dict[str, str]:
    reply = browser.get("/launch", params={"iss": EHR, "launch": "xyz"}, follow_redirects=False)
    assert reply.status_code == 302, reply.text
    return {key: values[0] for key, values in parse_qs(urlsplit(reply.headers["location"]).query).items()}


def test_the_browser_is_sent_to_sign_in_with_pkce(ehr: Ehr, browser: TestClient) -> None:
    asked = launched(browser)
    assert asked["code_challenge_method"] == "S256"
    assert asked["aud"] == EHR
    assert asked["launch"] == "xyz"
    assert asked["redirect_uri"] == "https://cds.example.org/callback"
    assert len(asked["state"]) >= 32
    assert [request.url.host for request in ehr.seen] == [PUBLIC]


def test_the_page_opens_and_the_token_is_kept_nowhere(ehr: Ehr, browser: TestClient, tmp_path: Path) -> None:
    asked = launched(browser)
    assert browser.get("/").status_code == 403  # nothing before the launch is through
    reply = browser.get("/callback", params={"state": asked["state"], "code": "abc"})
    assert reply.status_code == 200
    assert "0.9" in reply.text
    form = parse_qs(next(one for one in ehr.seen if one.url.path == "/token").content.decode())
    digest = hashlib.sha256(form["code_verifier"][0].encode()).digest()
    assert urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
    carried = [one for one in ehr.seen if "authorization" in one.headers]
    assert {one.headers["host"] for one in carried} == {"ehr.example.org"}  # not to the sign-in, nor to anybody else
    cookie = reply.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=strict"))
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"SECRET" not in kept + reply.content
    assert browser.get("/").status_code == 200  # for an hour this browser may use the page


def test_a_launched_browser_sees_no_screening_run(ehr: Ehr, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "summary.json").write_text('{"CANARY": 1}')
    chosen = settings(tmp_path, page=True, launches=(Launch(EHR, "hypomag"),), screened=str(run))
    with TestClient(
        app.create(chosen, Desk(chosen, lambda: NOW)), "https://cds.example.org", client=("203.0.113.9", 1)
    ) as one:
        asked = launched(one)
        assert one.get("/callback", params={"state": asked["state"], "code": "abc"}).status_code == 200
        for reply in (
            one.get("/population"),
            one.get("/population/report"),
            one.post("/clinician", data={"screened": "p2"}),
            one.post("/population/patient", data={"patient": "p2"}),
        ):
            assert "CANARY" not in reply.text
            assert "p2" not in reply.text


def test_a_launch_counts_once_and_in_its_own_browser(ehr: Ehr, browser: TestClient) -> None:
    asked = launched(browser)
    there = {"state": asked["state"], "code": "abc"}
    other = TestClient(browser.app, "https://cds.example.org", client=("203.0.113.9", 1))
    assert other.get("/callback", params=there).status_code == 403
    assert browser.get("/callback", params=there).status_code == 200
    assert browser.get("/callback", params=there).status_code == 403
    for wrong in (
        {"state": "x", "code": "abc"},
        {"code": "abc"},
        {"state": asked["state"]},
        {"error": "access_denied"},
    ):
        assert browser.get("/callback", params=wrong).status_code == 403


@pytest.mark.parametrize(
    "iss", ["https://evil.example", EHR + ".evil.example", EHR.replace("https", "http"), EHR + "/../x", "", "x"]
)
def test_other_issuers_are_refused_without_a_look(ehr: Ehr, browser: TestClient, iss: str) -> None:
    assert browser.get("/launch", params={"iss": iss}, follow_redirects=False).status_code == 403
    assert ehr.seen == []
    assert browser.get("/launch", follow_redirects=False).status_code == 422


@pytest.mark.parametrize(
    "changed",
    [
        {"authorization_endpoint": "http://login.example.org/a"},
        {"token_endpoint": None},
        {"code_challenge_methods_supported": ["plain"]},
    ],
)
def test_a_sign_in_that_is_not_safe_is_not_used(ehr: Ehr, browser: TestClient, changed: dict[str, Any]) -> None:
    ehr.config |= changed
    assert browser.get("/launch", params={"iss": EHR}, follow_redirects=False).status_code == 503


@pytest.mark.parametrize("changed", [{"patient": None}, {"patient": "../x"}, {"access_token": None}])
def test_a_sign_in_without_a_patient_opens_nothing(ehr: Ehr, browser: TestClient, changed: dict[str, Any]) -> None:
    ehr.token |= changed
    asked = launched(browser)
    assert browser.get("/callback", params={"state": asked["state"], "code": "abc"}).status_code == 503
    assert browser.get("/").status_code == 403
