"""What a CDS Hooks card says from which data: results, orders in hand, and what did not come."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from hypomag import knowledge
from tests.serve.ward import (
    CREATININE,
    MAGNESIUM,
    TestClient,
    ask,
    bundle,
    card,
    kidney,
    magnesium_by_vein,
    order,
    question,
    result,
    service,
    settings,
)


def test_low_magnesium_is_told(caller: TestClient) -> None:
    shown = card(caller, question())
    assert shown
    assert "1.1 mg/dL" in shown["summary"]
    assert "not reviewed by a clinician" in shown["detail"]
    assert knowledge.load().version in shown["source"]["label"]
    assert all(one["actions"][0]["resource"]["status"] == "draft" for one in shown["suggestions"])
    assert all(one["actions"][0]["resource"]["intent"] == "proposal" for one in shown["suggestions"])


def test_normal_magnesium_says_nothing(caller: TestClient) -> None:
    assert card(caller, question(magnesium=2.0)) is None


def test_the_four_states_of_a_prefetch_are_four(caller: TestClient) -> None:
    """Null and an empty whole Bundle mean none; absent, failed and paged do not: only the first two may say so."""
    failed = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
    page = bundle(link=[{"relation": "next", "url": "https://ehr.example.org/fhir?page=2"}])
    digoxin = bundle(order("d", "digoxin", "active"))
    for none in (None, bundle()):
        shown = card(caller, question(magnesium=None, medications=digoxin) | {"hookInstance": f"none {none}"})
        assert shown is None or "never measured" in shown["summary"]
    for unknown in (..., failed, page):
        body = question(medications=digoxin)
        body["prefetch"]["magnesium"] = unknown
        if unknown is ...:
            del body["prefetch"]["magnesium"]
        reply = ask(caller, body)
        assert reply.status_code == 412
        assert reply.json()["resourceType"] == "OperationOutcome"


def test_a_page_with_a_result_answers_and_says_that_more_exists(caller: TestClient) -> None:
    more = bundle(result(MAGNESIUM, 1.0, "mg/dL", "Magnesium"), link=[{"relation": "next", "url": "x"}])
    body = question()
    body["prefetch"]["magnesium"] = more
    shown = card(caller, body)
    assert shown
    assert "magnesium results" in shown["detail"].split("not known here")[1]


def test_a_test_that_cannot_be_read_is_named_and_not_taken_for_missing(caller: TestClient) -> None:
    bare = result(CREATININE, 1.0, "", "Creatinine [x](http://e)")
    shown = card(caller, question(labs=bundle(bare)))
    assert shown
    assert "it carries no unit" in shown["detail"].split("Cannot be read")[1]
    assert "[x]" not in shown["detail"].replace(r"\[x\]", "")


def test_what_did_not_come_is_named(caller: TestClient) -> None:
    shown = card(caller, question(medications=..., labs={"resourceType": "OperationOutcome", "issue": []}))
    assert shown
    said = shown["detail"].split("not known here")[1]
    assert "medications" in said
    assert "other laboratory results" in said
    assert "conditions" not in said


@pytest.mark.parametrize("part", ["medications", "given"])
@pytest.mark.parametrize("how", ["absent", "failed", "paged"])
def test_no_amount_is_said_while_what_was_given_is_not_known(caller: TestClient, part: str, how: str) -> None:
    """An amount takes what was given in the last day for nothing where nothing came: then it may not be said."""
    whole = card(caller, question(magnesium=0.8))
    assert whole
    assert drugs(whole)
    assert "g magnesium sulfate" in whole["detail"]
    came = {
        "absent": ...,
        "failed": {"resourceType": "OperationOutcome"},
        "paged": bundle(link=[{"relation": "next", "url": "x"}]),
    }
    shown = card(caller, question(magnesium=0.8, **{part: came[how]}))
    assert shown
    assert not drugs(shown)
    assert "g magnesium sulfate" not in shown["detail"]
    assert "No amount is said" in shown["detail"]


def test_nothing_is_said_to_be_absent_that_did_not_come(caller: TestClient) -> None:
    leaving = question("encounter-discharge")
    assert "no further measurement" in str(card(caller, leaving))
    del leaving["prefetch"]["orders"]
    assert "no further measurement" not in str(card(caller, leaving | {"hookInstance": "no orders"}))
    potassium = [order("k", "potassium chloride")]
    assert "without magnesium" in str(card(caller, question("order-sign", orders=potassium)))
    assert "without magnesium" not in str(card(caller, question("order-sign", orders=potassium, given=...)))


def drugs(shown: dict[str, Any]) -> list[Any]:
    """The medications that a card suggests."""
    resources = [one["actions"][0].get("resource", {}) for one in shown.get("suggestions", [])]
    return [one for one in resources if one.get("resourceType") == "MedicationRequest"]


def test_results_of_somebody_else_are_not_used(caller: TestClient) -> None:
    other = result(MAGNESIUM, 0.5, "mg/dL", "Magnesium", subject={"reference": "Patient/p2"})
    own = result(MAGNESIUM, 2.0, "mg/dL", "Magnesium")
    body = question()
    body["prefetch"]["magnesium"] = bundle(other, own)
    assert card(caller, body) is None
    body = question(patient=None, labs=None)
    body["prefetch"]["magnesium"] = bundle(other)
    assert ask(caller, body).status_code == 400


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled", "registered"])
def test_void_results_are_not_used(caller: TestClient, status: str) -> None:
    body = question()
    body["prefetch"]["magnesium"] = bundle(result(MAGNESIUM, 0.5, "mg/dL", "Magnesium") | {"status": status})
    shown = card(caller, body)
    assert shown is None or "0.5" not in shown["summary"]


ORDERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    # what is ordered: loudness when signed, alert first in the card, the call
    "by vein with a failing kidney": ("critical", "iv_kidney", {"orders": [magnesium_by_vein(2, 4)], **kidney(4.0)}),
    "by vein, kidney not known": ("warning", "iv_kidney_unknown", {"orders": [magnesium_by_vein(2, 4)], "labs": None}),
    "2 g in 5 minutes": ("critical", "iv_faster_than_any", {"orders": [magnesium_by_vein(2, 1 / 12)]}),
    "4 g in an hour": ("warning", "iv_too_fast", {"orders": [magnesium_by_vein(4, 1)]}),
    "a QT drug": ("warning", "guarded_drug_low", {"orders": [order("q", "sotalol")]}),
    "digoxin": ("warning", "guarded_drug_low", {"orders": [order("d", "digoxin")]}),
    "digoxin, magnesium not known": (
        "info",
        "guarded_drug_unmeasured",
        {"orders": [order("d", "digoxin")], "magnesium": None},
    ),
    "potassium alone": ("warning", "potassium_low_magnesium", {"orders": [order("k", "potassium chloride")]}),
    "a proton-pump inhibitor": ("warning", "lowering_drug_low", {"orders": [order("p", "omeprazole")]}),
    "a diuretic": ("warning", "lowering_drug_low", {"orders": [order("f", "furosemide")]}),
}


@pytest.mark.parametrize("name", ORDERS)
def test_unsafe_orders_are_caught_when_signed_and_quiet_when_chosen(caller: TestClient, name: str) -> None:
    loudness, alert, call = ORDERS[name]
    signed = card(caller, question("order-sign", **call))
    assert signed
    assert (signed["indicator"], signed["source"]["topic"]["code"]) == (loudness, alert)
    chosen = card(caller, question("order-select", **call))
    assert chosen
    assert chosen["indicator"] == "info"


@pytest.mark.parametrize(
    "call",
    [
        {"orders": [magnesium_by_vein(2, 4)]},  # 0.5 g/h with a well kidney
        {"orders": [order("k", "potassium chloride"), magnesium_by_vein(2, 4)]},
        {"orders": [order("q", "sotalol")], "magnesium": 2.0},
        {"orders": [order("a", "amoxicillin")]},
    ],
)
def test_safe_orders_bring_no_warning_of_their_own(caller: TestClient, call: dict[str, Any]) -> None:
    shown = card(caller, question("order-sign", **call))
    assert shown is None or shown["source"]["topic"]["code"] in ("same_day", "low")


def test_an_unsafe_order_may_be_taken_back(caller: TestClient) -> None:
    shown = card(caller, question("order-sign", orders=[magnesium_by_vein(2, 4, "mg1")], **kidney(4.0)))
    assert shown
    action = shown["suggestions"][0]["actions"][0]
    assert (action["type"], action["resourceId"]) == ("delete", "MedicationRequest/mg1")
    assert "resource" not in action


def test_an_order_signed_again_counts_once(caller: TestClient) -> None:
    """order-sign may fire again on an active order, which then stands in the prefetch too."""
    active = magnesium_by_vein(4, 1) | {"status": "active"}
    shown = card(caller, question("order-sign", orders=[active], medications=bundle(active)))
    assert shown
    assert shown["source"]["topic"]["code"] == "iv_too_fast"
    assert shown["detail"].count("runs faster") == 1


def test_orders_about_somebody_else_say_nothing(caller: TestClient) -> None:
    other = magnesium_by_vein(2, 1 / 12) | {"subject": {"reference": "Patient/p2"}}
    shown = card(caller, question("order-sign", orders=[other], magnesium=2.0))
    assert shown is None


def test_discharge_low_without_an_order_to_look_again(caller: TestClient) -> None:
    shown = card(caller, question("encounter-discharge"))
    assert shown
    assert "no further measurement is ordered" in shown["detail"]
    again = {
        "resourceType": "ServiceRequest",
        "id": "s",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "code": {"text": "magnesium"},
        "authoredOn": "2026-11-18T10:00:00Z",
    }
    shown = card(caller, _with_orders(again))
    assert shown
    assert "no further measurement is ordered" not in shown["detail"]


def _with_orders(*orders: dict[str, Any]) -> dict[str, Any]:
    body = question("encounter-discharge")
    body["prefetch"]["orders"] = bundle(*orders)
    return body


def test_text_of_a_record_is_no_markdown(caller: TestClient) -> None:
    evil = "[x](javascript:alert(1)) <img src=x onerror=alert(1)> **bold** `code` https://evil.example www.evil.example ![](http://e)"
    conditions = bundle({"resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/p1"},
                         "code": {"text": f"diarrhea {evil}"}})  # fmt: skip
    body = question(conditions=conditions, medications=bundle(order("m", f"omeprazole {evil}", "active")))
    body["prefetch"]["magnesium"] = bundle(result(MAGNESIUM, 1.1, "mg/dL", f"Magnesium {evil}"))
    shown = card(caller, body)
    assert shown
    detail = shown["detail"]
    assert "evil" in detail
    for mark in ("[x]", "<img", "`code`", "![]", "https://evil", "www.evil", "**bold"):
        assert not re.search(rf"(?<!\\){re.escape(mark)}", detail), mark
    assert "<" not in shown["summary"]


def test_an_alert_can_be_switched_off(tmp_path: Path) -> None:
    call = question("order-sign", orders=[order("q", "sotalol")])
    with service(settings(tmp_path, alerts_off=("guarded_drug_low",))) as caller:
        assert card(caller, call) is None
    with service(settings(tmp_path, alerts_off=("low",))) as caller:
        shown = card(caller, call)
        assert shown
        assert shown["source"]["topic"]["code"] == "guarded_drug_low"
