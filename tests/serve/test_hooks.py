"""CDS Hooks 2.0.1: what is offered, what is answered from which data, and what becomes of a card."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fhirpathpy import compile as fhirpath

from hypomag import knowledge
from hypomag.serve.settings import Launch
from tests.serve.ward import (
    CREATININE,
    MAGNESIUM,
    PATH,
    TestClient,
    ask,
    bundle,
    card,
    magnesium_by_vein,
    order,
    question,
    result,
    service,
    settings,
)

HOOKS = ("patient-view", "order-select", "order-sign", "encounter-discharge")
# HL7/cds-hooks fb10ca7, input/fsh/invariants, and the element each is stated of (input/fsh/logicals).
INVARIANTS = {
    "cds-resp-1": (
        "cards",
        "(selectionBehavior = 'at-most-one') implies suggestions.where(isRecommended).count() <= 1",
    ),
    "cds-resp-2": ("cards.suggestions.actions", "(type = 'delete') implies (resourceId.exists() and resource.empty())"),
    "cds-resp-3": ("cards.links", "(type != 'smart') implies (appContext.empty())"),
    "cds-resp-4": ("cards.overrideReasons", "all(display.exists())"),
    "cds-resp-5": ("cards.suggestions", "actions.all(description.exists())"),
    "cds-resp-6": ("cards", "suggestions.exists() implies selectionBehavior.exists()"),
    "cds-resp-7": ("cards.suggestions", "actionSelectionBehavior.empty() or actionSelectionBehavior = 'all'"),
}
RULES = {name: (of.split("."), fhirpath(text)) for name, (of, text) in INVARIANTS.items()}


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with service(settings(tmp_path_factory.mktemp("hooks"), repeat="until_answered")) as one:
        yield one


def reached(value: Any, path: list[str]) -> Iterator[Any]:
    if not path:
        yield value
    else:
        found = value.get(path[0], [])
        for one in found if isinstance(found, list) else [found]:
            yield from reached(one, path[1:])


def broken(reply: dict[str, Any]) -> list[str]:
    """Which of HL7's invariants and of the checklist a response breaks."""
    found = [name for name, (path, rule) in RULES.items() for one in reached(reply, path) if rule(one) != [True]]
    if set(reply) != {"cards"}:
        found.append(f"keys {sorted(reply)}")  # no systemActions: nothing is applied by itself
    for one in reply["cards"]:
        found += [f"{key} missing" for key in ("uuid", "summary", "indicator", "source") if key not in one]
        if not 0 < len(one["summary"]) < 140 or one["indicator"] not in ("info", "warning", "critical"):
            found.append("summary or indicator")
        if not one["source"]["label"] or not all(map(one["source"]["topic"].get, ("code", "system"))):
            found.append("source")
        found += ["suggestion without uuid" for s in one.get("suggestions", []) if "uuid" not in s]
        found += ["autolaunchable" for link in one.get("links", []) if "autolaunchable" in link]
    return found + list(empty(reply))


def empty(value: Any, path: str = "") -> Iterator[str]:
    """Nulls, empty texts, lists and objects: CDS Hooks knows none but cards."""
    if value in (None, "", [], {}) and path != ".cards":
        yield f"empty {path}"
    for key, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from empty(one, f"{path}.{key}")


def test_discovery(caller: TestClient) -> None:
    reply = caller.get("/cds-services")
    services = reply.json()["services"]
    assert [one["hook"] for one in services] == list(HOOKS)
    assert {one["id"] for one in services} == {"magnesium"}
    assert list(empty(reply.json())) == []
    for one in services:
        assert one["description"]
        for query in one["prefetch"].values():
            assert not any(word in query for word in ("_include", "_has", "_lastn", "._", ":above", "today("))
            tokens = {part.split("}}")[0] for part in query.split("{{")[1:]}
            assert tokens <= {"context.patientId", "context.encounterId"}
    assert all(
        "context.encounterId" not in json.dumps(s["prefetch"]) for s in services if s["hook"] != "encounter-discharge"
    )


def test_prefetch_asks_for_every_code_of_serum_magnesium(caller: TestClient) -> None:
    rows = knowledge.load().tables["codes"].dicts()
    codes = {row["code"] for row in rows if row["system"] == "loinc" and row["concept"] == "magnesium" and row["sure"]}
    query = caller.get("/cds-services").json()["services"][0]["prefetch"]["magnesium"]
    assert {one.split("|")[1] for one in query.split("code=")[1].split("&")[0].split(",")} == codes


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("magnesium", [0.7, 1.1, 1.9, 4.0, 9.0, None])
def test_every_response_keeps_the_invariants(caller: TestClient, hook: str, magnesium: float | None) -> None:
    orders = [
        magnesium_by_vein(4, 0.25),
        order("k", "potassium chloride"),
        order("q", "sotalol"),
        order("p", "omeprazole"),
    ]
    reply = ask(caller, question(hook, magnesium, orders))
    assert reply.status_code == 200
    assert broken(reply.json()) == []


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


def kidney(creatinine: float) -> dict[str, Any]:
    return {"labs": bundle(result(CREATININE, creatinine, "mg/dL", "Creatinine"))}


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


def test_equal_questions_get_equal_bytes(caller: TestClient) -> None:
    body = question()
    assert ask(caller, body).content == ask(caller, body).content


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


WRONG: list[tuple[Any, str]] = [
    ([], "The body"),
    ("x", "The body"),
    ({}, "hook"),
    ({"hook": "medication-prescribe"}, "hook"),
    ({"hook": "patient-view"}, "context"),
    ({"hook": "patient-view", "context": []}, "context"),
]


@pytest.mark.parametrize(("body", "place"), WRONG)
def test_what_is_wrong_is_named(caller: TestClient, body: Any, place: str) -> None:
    reply = ask(caller, body)
    assert reply.status_code == 400
    assert reply.json()["issue"][0]["diagnostics"].startswith(place)


@pytest.mark.parametrize(
    "path",
    ["hookInstance", "context.userId", "context.patientId", "context.draftOrders", "context.selections", "prefetch",
     "fhirAuthorization"],
)  # fmt: skip
@pytest.mark.parametrize("value", [1, "", [], {"a": 1}, None, "x" * 5000])
def test_wrong_values_are_refused_by_their_path(caller: TestClient, path: str, value: Any) -> None:
    body = question("order-select", orders=[order("k", "potassium chloride")])
    holder = body["context"] if path.startswith("context.") else body
    holder[path.rsplit(".", 1)[-1]] = value
    reply = ask(caller, body)
    fine = (path == "prefetch" and value in ({"a": 1}, None)) or (path == "fhirAuthorization" and value is None)
    fine = fine or (path == "context.selections" and value == [])
    assert reply.status_code == (412 if path == "prefetch" and fine else 200 if fine else 400)
    if not fine:
        assert reply.json()["issue"][0]["diagnostics"].startswith(path)


def test_unknown_service_is_404(caller: TestClient) -> None:
    assert ask(caller, question(), "/cds-services/potassium").status_code == 404


def outcome(shown: dict[str, Any], what: str = "overridden", **more: Any) -> dict[str, Any]:
    return {"card": shown["uuid"], "outcome": what, "outcomeTimestamp": "2026-11-18T12:00:00Z", **more}


def test_feedback_is_taken_once_and_counted_by_version(caller: TestClient) -> None:
    shown = card(caller, question() | {"hookInstance": "feedback"})
    assert shown
    chosen = [{"id": shown["suggestions"][0]["uuid"]}]
    reason = {"reason": {"code": "patient-refuses", "system": "x"}, "userComment": "CANARY-COMMENT"}
    said = [outcome(shown, overrideReason=reason), outcome(shown, "accepted", acceptedSuggestions=chosen)]
    for _ in range(3):
        assert ask(caller, {"feedback": said}, f"{PATH}/feedback").status_code == 200
    state = caller.app.desk.state
    rows = [row for row in state.db.execute("select * from feedback").fetchall() if row[0] == shown["uuid"]]
    assert len(rows) == 2
    assert "CANARY" not in repr(rows)
    assert (knowledge.load().version, "accepted") in {(row[1], row[2]) for row in state.outcomes()}


@pytest.mark.parametrize(
    "one",
    [{}, [], "x", {"card": "c"}, {"card": "c", "outcome": "ignored", "outcomeTimestamp": "t"},
     {"card": "c", "outcome": "accepted", "outcomeTimestamp": "t"}, {"card": 1, "outcome": "overridden", "outcomeTimestamp": "t"},
     {"card": "c", "outcome": "overridden", "outcomeTimestamp": "t", "overrideReason": {}}],
)  # fmt: skip
def test_wrong_feedback_is_refused(caller: TestClient, one: Any) -> None:
    assert ask(caller, {"feedback": [one]}, f"{PATH}/feedback").status_code == 400


def test_the_same_card_comes_once_in_an_encounter(tmp_path: Path) -> None:
    with service(settings(tmp_path)) as caller:
        assert card(caller, question())
        assert card(caller, question()) is None
        other = question()
        other["context"]["encounterId"] = "e2"
        assert card(caller, other)
        assert card(caller, question(magnesium=1.0))  # something new
        unsafe = {"orders": [magnesium_by_vein(2, 4)], **kidney(4.0)}
        shown = card(caller, question("order-sign", **unsafe))
        assert card(caller, question("order-sign", **unsafe)), "a critical one comes until it is answered"
        assert shown
        ask(caller, {"feedback": [outcome(shown)]}, f"{PATH}/feedback")
    with service(settings(tmp_path)) as restarted:
        assert card(restarted, question("order-sign", **unsafe)) is None
        without = question()
        del without["context"]["encounterId"]
        assert card(restarted, without)
        assert card(restarted, without | {"hookInstance": "again"}), (
            "outside an encounter nothing is known to be the same"
        )


def test_shadow_mode_answers_nothing_and_writes_it_down(tmp_path: Path) -> None:
    with service(settings(tmp_path, shadow=True)) as caller:
        assert card(caller, question()) is None
    line = json.loads((tmp_path / "audit.jsonl").read_text().splitlines()[0])
    assert line["withheld"] == "shadow"
    assert line["alerts"] == ["low"]


def test_an_alert_can_be_switched_off(tmp_path: Path) -> None:
    call = question("order-sign", orders=[order("q", "sotalol")])
    with service(settings(tmp_path, alerts_off=("guarded_drug_low",))) as caller:
        assert card(caller, call) is None
    with service(settings(tmp_path, alerts_off=("low",))) as caller:
        shown = card(caller, call)
        assert shown
        assert shown["source"]["topic"]["code"] == "guarded_drug_low"


def test_every_response_names_both_versions(caller: TestClient) -> None:
    for reply in (caller.get("/health"), caller.get("/nowhere"), ask(caller, question()), caller.get("/cds-services")):
        assert knowledge.load().version in reply.headers["x-hypomag-version"]


def test_the_card_links_to_the_page_where_a_launch_is_configured(tmp_path: Path) -> None:
    with service(settings(tmp_path, launches=(Launch("https://ehr.example.org/fhir", "hypomag"),))) as caller:
        shown = card(caller, question())
    assert shown
    assert shown["links"] == [
        {"label": "Open the whole assessment", "url": "https://cds.example.org/launch", "type": "smart"}
    ]
    assert broken({"cards": [shown]}) == []
