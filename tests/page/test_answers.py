"""What the pages say, asked without a browser: headers, form, units, and one answer in every writing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from hypomag.assess import answers, assess
from hypomag.forecast import forecast
from hypomag.knowledge.sentences import sentences
from hypomag.read import read
from hypomag.serve.page import asked, clinician, fan, html, number_line, person, units
from hypomag.write import cards, fhir
from tests.many import many
from tests.page import site
from tests.page.payloads import payloads
from tests.people import crowd, record_of


@pytest.fixture(scope="module")
def client(screened: Path) -> Iterator[httpx.Client]:
    with site.served(site.application(screened)) as at, httpx.Client(base_url=at, timeout=60) as opened:
        yield opened


PLACES = ("/", "/cases/ppi_severe", "/teacher?cause=gitelman", "/population", "/population/report")


@pytest.mark.parametrize("place", PLACES)
def test_a_page_lets_nothing_run_or_load_that_is_not_ours(client: httpx.Client, place: str) -> None:
    reply = client.get(place)
    assert reply.status_code == 200
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert reply.headers["cache-control"] == "no-store" and reply.headers["referrer-policy"] == "no-referrer"
    loads = re.findall(r"<(?:script|img|link|iframe)[^>]*?(?:src|href)=\"([^\"]*)\"", reply.text)
    assert all(one.startswith("/static/") for one in loads)
    if place != "/population/report":
        assert not re.search(r"<style|\sstyle=|\son\w+=", reply.text)
        assert "Not a medical device" in reply.text and "No clinician has reviewed it" in reply.text


def test_an_answer_is_asked_for_by_post_and_has_no_address(client: httpx.Client) -> None:
    assert client.get("/clinician").status_code == 303
    text = client.get("/cases/ppi_severe").text
    assert not re.search(r"<form[^>]*method=\"get\"", text)


def test_every_published_case_is_a_page(client: httpx.Client) -> None:
    for case in asked.cases():
        answer = assess(read(asked.case_text(case["id"])))
        text = unescape(client.get(f"/cases/{case['id']}").text)
        assert sentences()["status"][answer["level"]["status"]] in text
        assert sentences()["tier"][answer["urgency"]["tier"]] in text


def test_boxes_make_the_form_that_they_say() -> None:
    boxes = {
        "box_as_of": "2026-11-22", "box_age": "58", "box_unit_age": "y", "box_sex": "female", "box_weight": "70",
        "box_unit_weight": "kg", "box_magnesium": "1.3", "box_unit_magnesium": "mg/dL", "box_range": "1.6-2.6",
        "box_potassium": "", "box_unit_potassium": "mmol/L", "box_urine_magnesium": "<0.5",
        "box_unit_urine_magnesium": "mmol/L", "box_medications": "omeprazole 20 mg daily\r\n\r\nfurosemide", "box_qtc": "480",
    }  # fmt: skip
    assert asked.form_of(boxes) == {
        "as_of": "2026-11-22",
        "patient": {"age": "58 y", "sex": "female", "weight": "70 kg"},
        "labs": {
            "magnesium": {"value": "1.3", "unit": "mg/dL", "range": "1.6-2.6"},
            "urine_magnesium": {"value": "<0.5", "unit": "mmol/L", "specimen": "urine"},
        },
        "ecg": {"qtc": "480 ms"},
        "medications": ["omeprazole 20 mg daily", "furosemide"],
        "conditions": [],
        "symptoms": [],
    }
    assert asked.form_of({"box_as_of": "2026-11-22", "box_unit_magnesium": "mg/dL"}) is None
    answer = assess(asked.Asked(boxes).record())
    assert answer["level"]["as_written"] == "1.3 mg/dL" and answer["level"]["range"]["profile"] == "laboratory"


def test_a_box_without_a_unit_is_not_graded() -> None:
    answer = assess(asked.Asked({"box_as_of": "2026-11-22", "box_magnesium": "0.5"}).record())
    assert answer["level"]["status"] == "cannot_tell"


def test_what_cannot_be_read_is_said_with_its_place_and_kept(client: httpx.Client) -> None:
    reply = client.post("/clinician", data={"source": 'as_of = "2026-11-22"\n[labs]\nmagnesium = ""\n'})
    assert reply.status_code == 422
    assert "labs.magnesium" in reply.text and "magnesium = &#34;&#34;" in reply.text


def test_too_much_is_refused(client: httpx.Client) -> None:
    reply = client.post("/clinician", content=b"source=" + b"a" * (asked.MOST_BYTES + 1))
    assert reply.status_code == 413


def test_a_conversion_is_the_definition() -> None:
    assert units.convert("magnesium", 1.0, "mmol/L", "mg/dL") == pytest.approx(2.4305, abs=1e-4)
    assert units.convert("magnesium", 2.0, "meq/L", "mmol/L") == 1.0
    assert units.convert("calcium", 10.0, "mg/dL", "mmol/L") == pytest.approx(100 / 40.078, abs=1e-3)
    assert units.convert("creatinine", 1.0, "mg/dL", "mmol/L") == pytest.approx(88.4, abs=0.1)
    assert units.unit_of("creatinine", "mg/dL", "mmol/L") == "umol/L"
    assert units.convert("qtc", 480, "ms", "mmol/L") == 480
    assert units.amount(1.0, "mg/dL") == pytest.approx(24.305, abs=1e-3)


@pytest.mark.parametrize("unit", units.CHOICES)
def test_every_figure_of_the_level_follows_the_unit(unit: str) -> None:
    """Places on the line are ratios, so they are the same in every unit but for the rounding of the axis' end."""
    answer = assess(read(asked.case_text("ppi_severe")))
    line = number_line.of_answer(answer, unit)
    assert line is not None and line["unit"] == unit
    value, low, high = (float(line[key]["text"]) for key in ("value", "low", "high"))
    assert (value / low, high / low) == pytest.approx((0.3 / 1.6, 2.3 / 1.6), rel=1e-2)
    assert line["value"]["at"] / line["low"]["at"] == pytest.approx(value / low, rel=1e-2)


@pytest.mark.parametrize("step", person.MOVES)
def test_a_failing_step_holds_the_measured_level_and_mass_balances(step: str) -> None:
    now = person.at_rest({"age": 60, "egfr": 80.0}, 0.4, step)
    assert now.moved == step and now.serum == pytest.approx(0.4, abs=1e-6)
    flows = now.flows
    assert flows["food"] == pytest.approx(flows["absorbed"] + flows["not_absorbed"], rel=1e-6)
    lost = flows["secreted"] + flows["urine"] + flows["elsewhere"] + flows["cells"] + flows["bone"]
    assert flows["absorbed"] == pytest.approx(lost, rel=1e-3)


def test_no_payload_leaves_its_place(client: httpx.Client) -> None:
    """Each stands in the page as text: the page holds as many tags of a kind as without it."""

    def tags(text: str) -> list[str]:
        return re.findall(r"<(?:script|img|svg|iframe|object|style|base|meta|video|math|template)\b[^>]*>", text)

    some = payloads()
    for way, posted in (("/clinician", "/clinician"), ("/patient", "/patient"), ("/", "/")):
        plain = client.post(posted, data={"source": json.dumps(_form(["plain"] * len(some)))})
        hostile = client.post(posted, data={"source": json.dumps(_form(some))})
        assert hostile.status_code == plain.status_code == 200
        assert tags(hostile.text) == tags(plain.text), way
        assert "54439" not in hostile.text  # 7 * 7777: no template ran
    for payload in some[:20]:
        assert payload not in client.get(f"/cases/{quote(payload, safe='')}").text
        assert (
            payload not in client.get("/teacher", params={"cause": payload, "dose_a": payload, "level": payload}).text
        )


def _form(texts: list[str]) -> dict[str, Any]:
    words = [text or "x" for text in texts]
    return {
        "as_of": "2026-11-22",
        "patient": {"id": words[0], "age": "58 y"},
        "labs": [{"test": "magnesium", "value": "1.1 mg/dL"}]
        + [{"test": word, "value": "1", "unit": word, "note": word, "specimen": word} for word in words],
        "medications": [{"name": word} for word in words],
        "conditions": [{"name": word} for word in words],
        "symptoms": words,
    }


def test_clinician_patient_json_fhir_and_card_say_one_grade_and_one_urgency() -> None:
    """Every writing of one answer, for many invented people."""
    for seed in range(many(1, 334)):
        for answer in answers(record_of(crowd(seed, 30))).values():
            _one_answer(answer)


def _one_answer(answer: dict[str, Any]) -> None:
    said, level, tier = sentences(), answer["level"], answer["urgency"]["tier"]
    shown = {
        "answer": answer, "level": clinician.level(answer, "mmol/L"), "choice": "mmol/L", "tone": clinician.tone(answer),
        "line": number_line.of_answer(answer, "mmol/L"),
    }  # fmt: skip
    words = unescape(html.templates().get_template("verdict.html").render(shown))
    assert said["status"][level["status"]] in words and said["tier"][tier] in words
    grade = re.search(r"CTCAE v5 grade (\d)", words)
    assert (int(grade[1]) if grade else None) == (level["ctcae_grade"] if level["status"] == "low" else None)
    assert said["patient"]["now"]["tier"][tier][0] in answer["patient_text"]["now"]
    assert said["tier"][tier] in fhir.write(fhir.bundle(answer, "p"))
    card = cards.card(answer, "patient-view", "one")
    assert card is None or said["tier"][tier] in card["detail"]


def test_a_slider_sends_a_key_that_is_forgotten_not_guessed(client: httpx.Client) -> None:
    wish = {"route": "iv", "grams": "2", "over": "2", "unit": "mmol/L"}
    told = client.post("/forecast", data={"source": asked.case_text("ppi_severe").decode(), **wish}).json()
    again = client.post("/forecast", data={"held": told["held"], **wish}).json()
    assert again == told and len(told["held"]) >= 64
    assert client.post("/forecast", data={"held": "0" * 128, **wish}).status_code == 410
    fan.memory._held.clear()
    assert client.post("/forecast", data={"held": told["held"], **wish}).status_code == 410


def test_the_fan_is_the_forecast(client: httpx.Client) -> None:
    """The points that are drawn are those of `hypomag.forecast`, in the unit of the page."""
    data = {"case": "ppi_severe", "route": "iv", "grams": "2", "over": "2", "days": "1", "until": "3", "unit": "mg/dL"}
    told = client.post("/forecast", data=data).json()
    plan = "magnesium sulfate 2 g IV over 2 h every 24 h for 1 d"
    expected = forecast(read(asked.case_text("ppi_severe")), [plan], draws=fan.DRAWS, until=72)["plans"][1]
    drawn = told["spec"]["datasets"]["plan0"]
    assert [row["day"] for row in drawn] == [hour / 24 for hour in range(73)]
    assert [row["q50"] for row in drawn] == pytest.approx(list(expected["serum"][2] * 2.4305), rel=1e-3)
    assert told["spec"]["datasets"]["goal"][0]["low"] == pytest.approx(1.6, abs=1e-3)
