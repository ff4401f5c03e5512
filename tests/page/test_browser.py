"""The pages in real Chromium: each view's main path, nobody shut out, nothing run, nothing kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hypomag.serve.page import asked
from tests.many import many
from tests.page import site
from tests.page.payloads import payloads

pytestmark = site.needs_chromium
DRAWN = "before => document.querySelector('[data-fan]')?.dataset.drawn > before"


def fan_drawn(tab: Any, before: int = 0) -> None:
    tab.wait_for_function(DRAWN, arg=before, timeout=60_000)


def test_clinician_from_a_pasted_record_to_a_plan(tab: Any) -> None:
    """Paste, answer, open a source, change units with everything in them, move a slider, compare plans, go back."""
    tab.goto("/")
    tab.fill("#source", asked.case_text("ppi_severe").decode())
    tab.click("text=Assess this record")
    assert tab.locator("h1").inner_text() == "Magnesium is LOW: 0.3 mg/dL"
    assert tab.locator(".verdict-urgency h2").inner_text() == "Hospital on the same day"
    assert "absorption in the gut" in tab.locator("#h-body").inner_text()
    assert tab.evaluate("document.querySelector('.next').getBoundingClientRect().top < innerHeight")
    source = tab.locator(".reasons details.sources").first
    source.locator("summary").click()
    assert "ionized calcium: 3.1 mg/dL" in source.inner_text()
    fan_drawn(tab)
    tab.click(".units >> text=mmol/L")
    assert tab.url.endswith("/clinician")
    assert tab.locator("h1").inner_text() == "Magnesium is LOW: 0.123 mmol/L"
    assert "0.658 to 0.946 mmol/L" in tab.locator(".level-words").inner_text()
    assert "mmol a day" in tab.locator("figcaption").inner_text()
    fan_drawn(tab)
    assert "serum magnesium, mmol/L" in tab.locator("#fan svg").text_content()
    before = tab.locator("#fan-says").inner_text()
    tab.locator("#s-grams").focus()
    tab.keyboard.press("ArrowRight")
    fan_drawn(tab, 1)
    assert tab.locator("#fan-says").inner_text() != before and "mmol/L" in before
    tab.click("[data-compare]")
    tab.wait_for_selector("#plans-table tbody tr", timeout=60_000)
    assert tab.locator("#plans-table tbody tr").count() > 2
    tab.click("text=Change what was entered")
    assert "omeprazole" in tab.input_value("#source")


def test_clinician_from_the_boxes(tab: Any) -> None:
    tab.goto("/")
    tab.fill("#b-age", "60")
    tab.fill("#b-1", "1.0")
    tab.select_option("select[name=box_unit_magnesium]", "mg/dL")
    tab.fill("#b-med", "hydrochlorothiazide")
    tab.click("text=Assess this patient")
    assert tab.locator("h1").inner_text() == "Magnesium is LOW: 1 mg/dL"
    fan_drawn(tab)
    tab.click("text=Change what was entered")
    assert tab.input_value("#b-med") == "hydrochlorothiazide"
    assert tab.input_value("select[name=box_unit_magnesium]") == "mg/dL"


def test_patient_has_three_answers_no_dose_and_one_sheet(tab: Any) -> None:
    for case in ("ppi_severe", "high_on_laxative"):
        tab.goto(f"/cases/{case}")
        tab.click("text=Page for the patient")
        assert tab.locator(".three section").count() == 3
        words = tab.locator("main").inner_text()
        assert not any(f" {unit}" in words for unit in ("g ", "mmol ", "mEq ", "tablet"))
        assert sheets(tab) == 1


def test_the_clinicians_answer_prints_on_one_sheet(tab: Any) -> None:
    for case in ("ppi_severe", "loop_diuretic", "high_on_laxative"):
        tab.goto(f"/cases/{case}")
        fan_drawn(tab)
        assert sheets(tab) == 1


def sheets(tab: Any) -> int:
    import re

    return len(re.findall(rb"/Type\s*/Page[^s]", tab.pdf(format="A4", print_background=True)))


def test_teacher_breaks_an_organ(tab: Any) -> None:
    tab.goto("/teacher")
    tab.select_option("#cause", "gitelman")
    tab.fill("#dose_a", "182 mg magnesium as citrate by mouth every 12 h for 300 doses")
    tab.click("text=Run the year")
    tab.wait_for_selector(".chart svg")
    assert tab.locator(".chart svg").count() == 2
    day = tab.locator("#day")
    first = tab.locator("#picture").inner_text()
    day.focus()
    for _ in range(3):
        tab.keyboard.press("PageUp")
    tab.wait_for_function("text => document.getElementById('picture').innerText !== text", arg=first)
    assert f"Day {day.input_value()}:" in tab.locator("#picture figcaption").inner_text()
    assert "distal" in tab.locator("#h-changed ~ .scroll").first.inner_text()
    with tab.expect_download() as got:
        tab.click("text=All of it as CSV")
    lines = open(got.value.path(), encoding="utf-8").read().splitlines()  # noqa: SIM115
    assert lines[0].startswith("arm,hour,serum") and len(lines) > 3 * 365


def test_population_from_the_worklist_to_a_patient(tab: Any) -> None:
    tab.goto("/population")
    tab.wait_for_selector(".chart svg")
    assert tab.locator(".worklist tbody tr").count() == 3
    tab.select_option("#gap", "untreated")
    tab.select_option("#tier", "same_day")
    tab.click("text=Show")
    assert tab.locator(".worklist tbody tr").count() == 1
    tab.click(".worklist button")
    assert tab.locator("h1").inner_text() == "Patient p-2" and tab.url.endswith("/population/patient")


STATES = ("/", "/cases/ppi_severe", "/cases/low_in_words", "/teacher?cause=ppi", "/population", "patient", "refused")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out(tab: Any, scheme: str) -> None:
    """axe finds nothing in any state; nothing is cut off at 320 pixels, which is 1280 at 400 %."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    tab.emulate_media(color_scheme=scheme)
    for state in STATES:
        reach(tab, state)
        for width in (1280, 320):
            tab.set_viewport_size({"width": width, "height": 900 if width > 320 else 256})
            tab.wait_for_timeout(250)
            assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), (state, width)
            if width == 1280:
                open_all(tab)
            if width == 1280 or scheme == "light":
                found = axe.run(tab).response["violations"]
                assert [(v["id"], [n["html"][:160] for n in v["nodes"]][:4]) for v in found] == [], (state, width)


def reach(tab: Any, state: str) -> None:
    if state == "patient":
        tab.goto("/cases/ppi_severe")
        tab.click("text=Page for the patient")
    elif state == "refused":
        tab.goto("/")
        tab.fill("#source", "as_of = 1")
        tab.click("text=Assess this record")
        assert tab.locator("[role=alert]").count() == 1
        tab.context.clear_cookies()
    else:
        tab.goto(state)
    if tab.locator("[data-fan]").count():
        fan_drawn(tab)


def open_all(tab: Any) -> None:
    tab.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")


def test_everything_is_reached_by_keyboard(tab: Any) -> None:
    """Tab walks through every control in the order of the page, shows where it is, and is never caught."""
    for state in ("/", "/cases/ppi_severe", "/teacher?cause=ppi", "/population"):
        reach(tab, state)
        wanted = tab.evaluate(
            """() => { const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select,'
              + ' textarea, summary, [tabindex="0"]')].filter(e => e.checkVisibility() && e.tabIndex >= 0 && !e.hidden);
              const radios = new Set(); window.wanted = all.filter(e => e.type !== 'radio' || (!radios.has(e.name)
              && radios.add(e.name))); return window.wanted.length; }"""
        )
        tab.evaluate("document.activeElement.blur(); window.seen = []")
        for _ in range(wanted + 12):
            tab.keyboard.press("Tab")
            caught = tab.evaluate(
                """() => { const e = document.activeElement; if (e === document.body) return 'end';
                  const s = getComputedStyle(e); const shown = s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0;
                  window.seen.push(e); return shown ? 'shown' : e.outerHTML.slice(0, 120); }"""
            )
            if caught == "end":
                break
            assert caught == "shown", state
        missed = tab.evaluate(
            """() => { const names = new Set(window.seen.filter(e => e.type === 'radio').map(e => e.name));
              return window.wanted.filter(e => !window.seen.includes(e) && !(e.type === 'radio' && names.has(e.name)))
              .map(e => e.outerHTML.slice(0, 120)); }"""
        )
        assert missed == [], state


def test_payloads_run_nothing_and_nothing_is_kept(tab: Any) -> None:
    """Over a hundred, in names, notes, units, drugs and times; then nothing is in any store, cookie or address."""
    dialogs: list[str] = []
    tab.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    every = payloads()
    assert len(every) > 100
    sheets = [every] if not many(0, 1) else [[one] for one in every]
    for some in sheets:
        form = {
            "as_of": "2026-11-22",
            "patient": {"id": some[0], "age": "58 y"},
            "labs": [{"test": "magnesium", "value": "1.1 mg/dL", "note": " ".join(some)}]
            + [{"test": text, "value": "1", "unit": text, "specimen": text} for text in some],
            "medications": [{"name": text, "dose": "1 mg"} for text in some],
            "conditions": [{"name": text} for text in some],
            "symptoms": some,
        }
        tab.goto("/")
        tab.fill("#source", json.dumps(form))
        tab.click("text=Assess this record")
        fan_drawn(tab)
        tab.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        check_quiet(tab)
        tab.click("text=Page for the patient")
        check_quiet(tab)
        tab.click("text=Change what was entered")
        check_quiet(tab)
    for text in every[:: many(30, 1)]:
        tab.goto("/teacher")
        tab.fill("#dose_a", text)
        tab.click("text=Run the year")
        check_quiet(tab, address=False)
    assert dialogs == []


def check_quiet(tab: Any, address: bool = True) -> None:
    assert tab.evaluate("window.pwned") is None
    assert tab.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    assert tab.evaluate("indexedDB.databases().then(found => found.length)") == 0
    assert (
        tab.evaluate("navigator.serviceWorker ? navigator.serviceWorker.getRegistrations().then(r => r.length) : 0")
        == 0
    )
    assert not address or "?" not in tab.url
