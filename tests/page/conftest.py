"""One server and one browser for all tests of the pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.page import site

REFUSED = "status of 422"  # the browser's own note of an answer that says what could not be read


@pytest.fixture(scope="session")
def screened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small finished screening run of invented people."""
    from tests.page.crowd import run

    return run(tmp_path_factory.mktemp("screen"))


@pytest.fixture(scope="session")
def address(screened: Path) -> Iterator[str]:
    with site.served(site.application(screened)) as at:
        yield at


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=site.CHROMIUM, args=site.ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def tab(browser: Any, address: str) -> Iterator[Any]:
    """A page of its own; whatever the browser complains of fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=address)
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console",
        lambda m: complaints.append(m.text) if m.type in ("error", "warning") and REFUSED not in m.text else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request", lambda r: complaints.append(f"asks elsewhere: {r.url}") if not r.url.startswith(address) else None
    )
    yield page
    context.close()
    assert complaints == []
