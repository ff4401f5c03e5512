"""Every route and who may use it, counted from the application itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hypomag.serve import app
from hypomag.serve.desk import Desk
from tests.serve.ward import NOW, TestClient, bearer, settings

OPEN = {
    "/health",
    "/ready",
    "/cds-services",
    "/openapi.json",
    "/fhir/metadata",
    "/fhir/{kind}/{name}",
}  # say nothing of anybody
WITH_TOKEN = {"/cds-services/{service}", "/cds-services/{service}/feedback", "/fhir/$assess"}
LAUNCH = {"/launch", "/callback"}  # refused without a configured issuer
FILLED = {
    "{service}": "magnesium",
    "{kind}": "Library",
    "{name}": "hypomag-knowledge",
    "{case}": "ppi_severe",
    "{file}": "page.css",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    chosen = settings(tmp_path_factory.mktemp("doors"), page=True)
    one = app.create(chosen, Desk(chosen, lambda: NOW))
    with TestClient(one):  # started once for all
        yield one


def near(made: Any) -> TestClient:
    return TestClient(made, "http://localhost", client=("127.0.0.1", 1))


def afar(made: Any) -> TestClient:
    return TestClient(made, "https://cds.example.org", client=("203.0.113.9", 1))


def routes(made: Any) -> Iterator[tuple[str, str]]:
    for path, methods in _all(made.app):
        for method in sorted(methods - {"HEAD", "OPTIONS"}):
            yield method, path


def _all(of: Any) -> Iterator[tuple[str, set[str]]]:
    for route in of.routes:
        if getattr(route, "methods", None):
            yield route.path, set(route.methods)
        elif hasattr(route, "original_router"):
            yield from _all(route.original_router)
        elif hasattr(route, "routes"):
            yield from _all(route)


def filled(path: str) -> str:
    for name, value in FILLED.items():
        path = path.replace(name, value)
    return path.replace("{file:path}", "page.css")


def test_from_afar_only_what_is_open_and_what_a_token_opens(made: Any) -> None:
    found = list(routes(made))
    assert len(found) >= 12
    for method, path in found:
        reply = afar(made).request(method, filled(path), json={})
        expected = {200} if path in OPEN else {401} if path in WITH_TOKEN else {403, 422} if path in LAUNCH else {403}
        assert reply.status_code in expected, f"{method} {path}: {reply.status_code}"


@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.example"}, {"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}, {"X-Real-IP": "127.0.0.1"},
     {"X-Forwarded-Host": "localhost"}],
)  # fmt: skip
def test_the_page_is_not_opened_through_a_proxy_or_under_another_name(made: Any, headers: dict[str, str]) -> None:
    for path in ("/", "/metrics"):
        assert near(made).get(path).status_code == 200
        assert near(made).get(path, headers=headers).status_code == 403


def test_a_token_of_a_hook_opens_no_other_door(made: Any) -> None:
    for path in ("/fhir/$assess", "/cds-services/magnesium/feedback"):
        assert afar(made).post(path, json={}, headers=bearer()).status_code == 401
    assert afar(made).get("/", headers=bearer()).status_code == 403


def test_the_page_can_be_switched_off(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    assert near(app.create(chosen, Desk(chosen, lambda: NOW))).get("/").status_code == 404
