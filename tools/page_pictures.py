"""The pictures of docs/how-to/page.md, made again in a real browser: `python -m tools.page_pictures`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from tests.page import crowd
from tests.page.site import ARGUMENTS, CHROMIUM, application, served

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
CASE = "/cases/ppi_severe"
LESSON = "/teacher?cause=ppi&level=severe&day=60&dose_a=182+mg+magnesium+as+citrate+by+mouth+every+12+h+for+300+doses"


def drawn(tab: Page) -> None:
    tab.wait_for_function("() => document.querySelector('[data-fan]').dataset.drawn > 0", timeout=120_000)


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        served(application(crowd.run(Path(folder)))) as at,
        sync_playwright() as started,
    ):
        browser = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for scheme in ("light", "dark"):
            tab = browser.new_page(base_url=at, viewport={"width": 1366, "height": 900}, color_scheme=scheme)
            take(tab, scheme)
        browser.close()


def take(tab: Page, scheme: str) -> None:
    """Every view in light, the clinician's and the teacher's in dark as well."""
    tab.goto(CASE)
    drawn(tab)
    shot(tab, f"page-clinician-{scheme}")
    tab.goto(LESSON)
    tab.wait_for_selector(".chart svg")
    tab.wait_for_timeout(500)
    shot(tab, f"page-teacher-{scheme}", ".answer")
    if scheme == "dark":
        return
    tab.goto(CASE)
    drawn(tab)
    tab.locator("#s-days").fill("5")
    tab.wait_for_function("() => document.querySelector('[data-fan]').dataset.drawn > 1", timeout=120_000)
    shot(tab, "page-forecast", ".ahead")
    tab.click("text=Page for the patient")
    shot(tab, "page-patient", "article")
    tab.goto("/population")
    tab.wait_for_selector(".chart svg")
    shot(tab, "page-population")
    tab.goto("/")
    shot(tab, "page-start")


def shot(tab: Page, name: str, part: str | None = None) -> None:
    (tab.locator(part).first if part else tab).screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
