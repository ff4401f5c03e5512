"""CDS Hooks 2.0.1: what is offered, a question answered, and what became of a card."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypomag.assess import assess
from hypomag.read import fhir
from hypomag.record import Record, Refused
from hypomag.serve import drafted
from hypomag.serve.prefetch import HOOKS, NEEDED, state, templates
from hypomag.serve.question import Question
from hypomag.serve.refusal import Refusal
from hypomag.serve.settings import Settings
from hypomag.serve.state import State
from hypomag.write import cards

ID = "magnesium"
TITLE = "Low blood magnesium"
ABOUT = "Low or high magnesium: how urgent, why, what to test, and orders that low magnesium or a failing kidney makes unsafe."
USAGE = "Not a medical device; not reviewed by a clinician. Answers from the prefetch alone; says what did not come."
Answer = dict[str, Any]


def offered() -> Answer:
    """The discovery document: one service, four hooks, so that each new answer replaces the last."""
    services = [
        {"hook": hook, "id": ID, "title": TITLE, "description": ABOUT, "prefetch": templates(hook),
         "usageRequirements": USAGE, "version": "2.0", "hookVersion": "1.0"}
        for hook in HOOKS
    ]  # fmt: skip
    return {"services": services}


@dataclass(frozen=True)
class Replied:
    """What one question got: the reply, and what the audit says of it."""

    body: Answer
    alerts: tuple[str, ...]
    card: str
    withheld: str  # why a card that there was is not shown: shadow, shown before; empty otherwise
    versions: tuple[str, str]


def reply(question: Question, settings: Settings, kept: State, client: str, now: int) -> Replied:
    """The cards for a question, as of now. Raises Refusal (412) where what is needed did not come."""
    record = gathered(question)
    answer = assess(record, as_of=now, profile=settings.profile or None, scheme=settings.scheme)
    lacking = [key for key, how in question.states.items() if how not in ("given", "none")]
    if "encounter" in lacking and question.states["encounter"] == "missing":
        lacking.remove("encounter")  # asked for in one hook only, and nothing hangs on it alone
    if NEEDED in lacking and answer["level"]["status"] == "not_measured":
        raise Refusal(412, f"prefetch.{NEEDED}: {question.states[NEEDED]}; without it nothing can be said.")
    launch = f"{settings.base_url}/launch" if settings.launches else ""
    subject = f"Patient/{question.patient}"
    made = cards.card(answer, question.hook, question.instance, subject, settings.alerts_off, tuple(lacking), launch)
    versions = (answer["version"]["program"], answer["version"]["knowledge"])
    if made is None:
        return Replied({"cards": []}, (), "", "", versions)
    shown = cards.alerts_at(answer, question.hook, settings.alerts_off, lacking)
    names = tuple(one["alert"] for one in shown)
    about = _about(question, made, shown, client, kept)
    withheld = "shadow" if settings.shadow else _again(made, about, settings, kept)
    if not withheld:
        kept.show(about, made["uuid"], names, versions, now)
    return Replied({"cards": [] if withheld else [made]}, names, made["uuid"], withheld, versions)


def gathered(question: Question) -> Record:
    """The record of everything that came with a question, the orders in hand among it. Raises Refusal (400)."""
    came = [value for value in question.given.values() if state(value) in ("given", "paged")]
    in_hand = drafted.orders(question)
    named = {drafted.name(order) for order in in_hand}
    try:
        record = fhir.lift([_without(value, named) for value in came], question.patient) if came else Record()
        record = drafted.added(record, in_hand, question.patient)
    except Refused:
        if any(_resources(value) for value in came):
            raise Refusal(400, "prefetch: holds resources, but none about context.patientId.") from None
        record = drafted.added(Record(), in_hand, question.patient)
    if not record.tables["patients"]:
        found = next((fact["patient"] for facts in record.tables.values() for fact in facts), question.patient)
        record.add("patients", found, id=found)
    return record


def _resources(value: Any) -> bool:
    """Whether a part of the prefetch holds any resource at all."""
    return bool(value.get("entry")) if value.get("resourceType") == "Bundle" else True


def _without(value: Any, named: set[str]) -> Any:
    """A Bundle without the orders that are being signed again: they count once, as orders in hand."""
    entries = value.get("entry") if isinstance(value, dict) else None
    if not named or not isinstance(entries, list):
        return value
    kept = [one for one in entries if not (isinstance(one, dict) and drafted.name(one.get("resource")) in named)]
    return {**value, "entry": kept}


def _about(question: Question, made: Answer, shown: list[Answer], client: str, kept: State) -> str:
    """A keyed hash of whom and what a card is about, empty outside an encounter. Equal only where nothing changed."""
    if not question.encounter:
        return ""
    says = [(one["alert"], one["orders"], one["evidence"]) for one in shown]
    text = repr((client, question.patient, question.encounter, made["summary"], made["indicator"], says))
    return hmac.new(kept.secret, text.encode(), hashlib.sha256).hexdigest()


def _again(made: Answer, about: str, settings: Settings, kept: State) -> str:
    """Why the card is not shown again in its encounter. A critical one comes until somebody has answered it."""
    if not about:
        return ""
    was_shown, was_answered = kept.was_shown(about)
    until_answered = settings.repeat == "until_answered" or made["indicator"] == "critical"
    return "shown before" if was_answered or (was_shown and not until_answered) else ""


OUTCOMES = ("accepted", "overridden")
MOST = 200  # outcomes in one feedback


def feedback(body: Any) -> list[tuple[str, str, str, str, str]]:
    """Card, outcome, time, suggestions and reason of each; what a user wrote is not kept. Raises Refusal (400)."""
    found = body.get("feedback") if isinstance(body, dict) else None
    if not isinstance(found, list) or not 0 < len(found) <= MOST:
        raise Refusal(400, f"feedback: must be a list of 1 to {MOST} outcomes.")
    return [_outcome(one, f"feedback[{n}]") for n, one in enumerate(found)]


def _outcome(one: Any, where: str) -> tuple[str, str, str, str, str]:
    get: Callable[[str], Any] = one.get if isinstance(one, dict) else lambda _: None
    card, outcome, stamp = get("card"), get("outcome"), get("outcomeTimestamp")
    if not all(isinstance(text, str) and 0 < len(text) <= 128 for text in (card, stamp)):
        raise Refusal(400, f"{where}: needs card and outcomeTimestamp, texts of at most 128 characters.")
    if outcome not in OUTCOMES:
        raise Refusal(400, f"{where}.outcome: must be accepted or overridden.")
    chosen = get("acceptedSuggestions") if outcome == "accepted" else []
    if not isinstance(chosen, list) or (outcome == "accepted" and not chosen):
        raise Refusal(400, f"{where}.acceptedSuggestions: must name what was accepted.")
    ids = [one["id"] for one in chosen if isinstance(one, dict) and isinstance(one.get("id"), str)]
    if len(ids) < len(chosen) or max(map(len, ids), default=0) > 128:
        raise Refusal(400, f"{where}.acceptedSuggestions: each needs an id.")
    return card, outcome, stamp, " ".join(ids), _reason(get("overrideReason"), where)


def _reason(said: Any, where: str) -> str:
    """The code of the reason, if it is one of ours: others may hold anything."""
    if said is None:
        return ""
    reason = said.get("reason") if isinstance(said, dict) else None
    if not isinstance(said, dict) or not (isinstance(reason, dict) or isinstance(said.get("userComment"), str)):
        raise Refusal(400, f"{where}.overrideReason: needs a reason, a userComment, or both.")
    ours = {one["code"] for one in cards.override_reasons()}
    code = reason.get("code") if isinstance(reason, dict) else None
    return code if isinstance(code, str) and code in ours else "other"
