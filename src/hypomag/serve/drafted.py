"""Orders in hand: read like any order, but held apart from what the patient takes."""

from __future__ import annotations

from typing import Any

from hypomag.read import fhir
from hypomag.record import Record, Refused
from hypomag.serve.question import Question

JSON = dict[str, Any]
IN_HOURS = {"h": 1.0, "min": 1 / 60, "s": 1 / 3600, "d": 24.0}
OVER = ("cancelled", "stopped", "completed", "entered-in-error", "revoked")


def orders(question: Question) -> list[JSON]:
    """The resources being ordered: all where they are signed, the chosen ones where they are selected."""
    entries = (question.drafts or {}).get("entry") or []
    found = [one["resource"] for one in entries if isinstance(one, dict) and isinstance(one.get("resource"), dict)]
    chosen = [one for one in found if name(one) in question.selected]
    return [one for one in (chosen or found) if one.get("status") not in OVER]


def name(resource: Any) -> str:
    """Type/id, whatever stands there."""
    return f"{resource.get('resourceType')}/{resource.get('id')}" if isinstance(resource, dict) else ""


def added(record: Record, in_hand: list[JSON], patient: str) -> Record:
    """The record with the orders in hand as medications of kind drafted. Orders about somebody else are left out."""
    if not in_hand:
        return record
    try:
        drafts = fhir.lift([timed(order) for order in in_hand], patient)
    except Refused:
        record.reject("draftOrders", "none of them is about this patient")
        return record
    for fact in drafts.tables["medications"]:
        fact["kind"], fact["start"] = "drafted", None
    for table in ("medications", "codings"):
        record.tables[table] += drafts.tables[table]
    record.rejects += drafts.rejects
    return record


def timed(order: JSON) -> JSON:
    """An order whose dose runs over a time (timing.repeat.duration) with the rate that this makes, where it says none."""
    instructions = order.get("dosageInstruction")
    if not isinstance(instructions, list) or len(instructions) != 1 or not isinstance(instructions[0], dict):
        return order
    said = instructions[0]
    repeat = (said.get("timing") or {}).get("repeat") if isinstance(said.get("timing"), dict) else None
    amounts = said.get("doseAndRate")
    if (
        not isinstance(repeat, dict)
        or not isinstance(amounts, list)
        or len(amounts) != 1
        or not isinstance(amounts[0], dict)
    ):
        return order
    dose, hours = amounts[0].get("doseQuantity"), _hours(repeat)
    if "rateQuantity" in amounts[0] or "rateRatio" in amounts[0] or not isinstance(dose, dict) or not hours:
        return order
    try:
        rate = float(dose["value"]) / hours
    except (KeyError, TypeError, ValueError):
        return order
    unit = dose.get("unit") or dose.get("code")
    amount = {**amounts[0], "rateQuantity": {"value": rate, "unit": f"{unit}/h"}}
    return {**order, "dosageInstruction": [{**said, "doseAndRate": [amount]}]}


def _hours(repeat: JSON) -> float | None:
    """The shortest time that the order allows for one dose."""
    try:
        return float(repeat["duration"]) * IN_HOURS[repeat["durationUnit"]] or None
    except (KeyError, TypeError, ValueError):
        return None
