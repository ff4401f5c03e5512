"""One call of a hook, taken apart: who it is about, what came with it, and in which of four states each part came."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypomag.serve.prefetch import HOOKS, KEYS, state
from hypomag.serve.refusal import Refusal

JSON = dict[str, Any]
LONGEST = 256  # characters of an id


@dataclass
class Question:
    """A checked request of CDS Hooks 2.0.1."""

    hook: str
    instance: str
    patient: str
    encounter: str
    user: str
    drafts: JSON | None  # the Bundle of orders in hand
    selected: frozenset[str]  # of them, what is being chosen now (order-select)
    given: dict[str, Any]  # prefetch key -> what came
    states: dict[str, str]  # prefetch key -> missing, none, failed, paged or given
    server: str
    authorization: JSON = field(default_factory=dict)

    def take(self, key: str, value: Any) -> None:
        """Put what was read back in its place."""
        self.given[key], self.states[key] = value, state(value)


def question(body: Any) -> Question:
    """The question in a parsed body. Raises Refusal (400) with the path of what is wrong."""
    if not isinstance(body, dict):
        raise Refusal(400, "The body must be one JSON object, a CDS Hooks request.")
    hook = _text(body, "hook")
    if hook not in HOOKS:
        raise Refusal(400, f"hook: this service answers {', '.join(HOOKS)}; see /cds-services.")
    context = _object(body, "context")
    drafts = context.get("draftOrders")
    if hook in ("order-select", "order-sign") and not (isinstance(drafts, dict) and _is_bundle(drafts)):
        raise Refusal(400, "context.draftOrders: must be a Bundle of the orders in hand.")
    selections = context.get("selections", [])
    if hook == "order-select" and not _texts(selections):
        raise Refusal(400, "context.selections: must be a list of references into draftOrders.")
    encounter = _text(context, "context.encounterId", needed=hook == "encounter-discharge")
    given = body.get("prefetch") if body.get("prefetch") is not None else {}
    if not isinstance(given, dict):
        raise Refusal(400, "prefetch: must be an object with the keys of /cds-services.")

    return Question(
        hook=hook,
        instance=_text(body, "hookInstance"),
        patient=_text(context, "context.patientId").removeprefix("Patient/"),
        encounter=encounter,
        user=_text(context, "context.userId"),
        drafts=drafts if hook in ("order-select", "order-sign") else None,
        selected=frozenset(selections) if hook == "order-select" else frozenset(),
        given=dict(given),
        states={key: state(given[key]) if key in given else "missing" for key in KEYS},
        server=_text(body, "fhirServer", needed=False),
        authorization=_authorization(body),
    )


def _authorization(body: JSON) -> JSON:
    found = body.get("fhirAuthorization")
    if found is None:
        return {}
    if not isinstance(found, dict) or not isinstance(found.get("access_token"), str):
        raise Refusal(400, "fhirAuthorization: must be an object with an access_token.")
    if not body.get("fhirServer"):
        raise Refusal(400, "fhirServer: must be there where fhirAuthorization is.")
    return found


def _text(holder: JSON, path: str, needed: bool = True) -> str:
    value = holder.get(path.rsplit(".", 1)[-1])
    if value is None and not needed:
        return ""
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST:
        raise Refusal(400, f"{path}: must be a text of 1 to {LONGEST} characters.")
    return value


def _object(holder: JSON, name: str) -> JSON:
    value = holder.get(name)
    if not isinstance(value, dict):
        raise Refusal(400, f"{name}: must be an object.")
    return value


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_bundle(value: JSON) -> bool:
    return value.get("resourceType") == "Bundle" and isinstance(value.get("entry", []), list)
