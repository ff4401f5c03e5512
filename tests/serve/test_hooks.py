"""CDS Hooks 2.0.1: what is offered, the form of every answer, what is refused, and what becomes of a card."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fhirpathpy import compile as fhirpath

from hypomag import knowledge
from hypomag.serve.settings import Launch
from tests.serve.ward import (
    PATH,
    TestClient,
    ask,
    card,
    kidney,
    magnesium_by_vein,
    order,
    question,
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


def test_equal_questions_get_equal_bytes(caller: TestClient) -> None:
    body = question()
    assert ask(caller, body).content == ask(caller, body).content


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
