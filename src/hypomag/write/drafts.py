"""Draft resources that a card suggests: to measure, to choose an option, to take an order back. A person accepts each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from hypomag.write.fhir import plan
from hypomag.write.fhir.written import About, order_code

MOST, OPTIONS, TESTS = 5, 2, 2  # suggestions on one card, and of a kind
ELSEWHERE = ("requester", "id")  # of a draft: what points into a Bundle that a card does not carry
JSON = dict[str, Any]


def suggestions(answer: JSON, shown: list[JSON], subject: str, hook: str, has_amounts: bool, said: Any) -> list[JSON]:
    """Label and actions of each suggestion, the most pressing first. has_amounts: whether an amount may be said."""
    wanted = {one["suggests"] for one in shown}
    found = list(_withdrawn(shown, said)) if hook == "order-sign" else []
    if subject and wanted & {"measure", "treat"} and hook != "order-sign":
        about = About(answer, subject, said)
        options = (
            [draft for draft in plan.medications(about) if _has_amount(draft)]
            if "treat" in wanted and has_amounts
            else []
        )
        found += [_create(draft, _title(answer, draft)) for draft in options[:OPTIONS]]
        tests = islice(plan.services(about), TESTS)  # not all of them are made
        found += [_create(draft, said["cards"]["test"].format(test=draft["code"]["text"])) for draft in tests]
    if subject and "measure" in wanted and "treat" not in wanted:
        found.append(_create(_measure(subject, said), said["cards"]["measure"]))
    kept = {one["label"].lower(): one for one in found}
    return list(kept.values())[:MOST]


def _withdrawn(shown: list[JSON], said: Any) -> Iterator[JSON]:
    for one in shown:
        for order in one["orders"] if one["suggests"] == "withdraw" else ():
            label = said["cards"]["withdraw"].format(order=order["source_ref"])
            yield _suggestion(label, {"type": "delete", "resourceId": order["source_ref"]})


def _has_amount(draft: JSON) -> bool:
    said = draft["dosageInstruction"][0]
    return "doseAndRate" in said or "maxDosePerPeriod" in said


def _title(answer: JSON, draft: JSON) -> str:
    said = draft["dosageInstruction"][0]["text"]
    return next((o["title"] for o in answer["treatment"]["options"] if o["text"] == said), said)


def _create(draft: JSON, label: str) -> JSON:
    resource = {key: value for key, value in draft.items() if key not in ELSEWHERE}
    return _suggestion(label, {"type": "create", "resource": resource})


def _measure(subject: str, said: Any) -> JSON:
    code = {"coding": order_code("magnesium"), "text": said["cards"]["measure"]}
    draft = {"status": "draft", "intent": "proposal", "code": code, "subject": {"reference": subject}}
    return {"resourceType": "ServiceRequest", **draft}


def _suggestion(label: str, action: JSON) -> JSON:
    return {"label": label[:120], "actions": [{"type": action["type"], "description": label, **action}]}
