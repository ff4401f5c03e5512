"""An answer as CDS Hooks 2.0.1 cards: one consolidated card, or none. Nothing clinical is decided here.

A card says what the answer's alerts say at a hook; the summary stays under 140 characters; what came from a record is
escaped, so that no text of a patient becomes Markdown or HTML.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from hypomag import knowledge
from hypomag.knowledge.sentences import sentences
from hypomag.write import drafts
from hypomag.write.text import status_words, unreadable

Answer = dict[str, Any]
Card = dict[str, Any]
WHOLE = ("patient-view", "encounter-discharge")  # hooks at which somebody looks at the patient
AMOUNTS_NEED = frozenset({"medications", "given"})  # parts of a prefetch without which no amount is said
LOUDNESS = ("info", "warning", "critical")
SUMMARY, LINE = 139, 300  # characters
CAUSES, TESTS, OPTIONS = 3, 3, 3  # shown on a card; the rest stands in the answer
MARKDOWN = re.compile(r"([\\`*_\[\]#!|<>&~@]|:(?=//)|(?<=www)\.)")  # the last two would make a link by themselves


def card(
    answer: Answer, hook: str, instance: str, subject: str = "", off: Collection[str] = (),
    unknown: Collection[str] = (), launch: str = "", language: str = "en",
) -> Card | None:  # fmt: skip
    """The card for a hook, None where nothing is to be said.

    subject: reference to the patient, for what is suggested.
    off: alerts that are switched off. unknown: parts of the record that did not come. launch: address of the SMART page.
    Equal input gives an equal card.
    """
    said = sentences(language)
    shown = alerts_at(answer, hook, off, unknown)
    if not shown:
        return None
    detail = "\n".join(_detail(answer, hook, shown, unknown, said))
    made: Card = {
        "summary": summary(answer, shown, said),
        "detail": detail,
        "indicator": max((loud(one, hook) for one in shown), key=LOUDNESS.index),
        "source": {
            "label": said["cards"]["source"].format(**answer["version"]),
            "topic": {"system": "urn:hypomag:alert", "code": shown[0]["alert"], "display": shown[0]["text"]},
        },
        "overrideReasons": override_reasons(),
    }
    name = f"hypomag {instance} {detail}"
    has_amounts = AMOUNTS_NEED.isdisjoint(unknown)
    suggestions = drafts.suggestions(answer, shown, subject, hook, has_amounts, said)
    if suggestions:
        made["suggestions"] = [
            {"label": one["label"], "uuid": str(uuid5(NAMESPACE_URL, f"{name} {n}")), "actions": one["actions"]}
            for n, one in enumerate(suggestions)
        ]
        # Options are alternatives: nobody orders two of them with two clicks.
        made["selectionBehavior"] = "at-most-one" if "treat" in {one["suggests"] for one in shown} else "any"
    if launch:
        made["links"] = [{"label": said["cards"]["open"], "url": launch, "type": "smart"}]
    return {"uuid": str(uuid5(NAMESPACE_URL, name)), **made}


def alerts_at(answer: Answer, hook: str, off: Collection[str] = (), unknown: Collection[str] = ()) -> list[Answer]:
    """The alerts that speak at a hook: the loudest first, of these the ones about an order in hand.

    One that would say that something is not there is silent where the part that would show it did not come.
    """
    heard = [one for one in answer["alerts"] if loud(one, hook) and one["alert"] not in off]
    found = [one for one in heard if set(one["needs"]).isdisjoint(unknown)]
    return sorted(found, key=lambda one: (-LOUDNESS.index(loud(one, hook)), not one["orders"]))


def loud(alert: Answer, hook: str) -> str:
    return alert["at"][hook.replace("-", "_")] or ""


def override_reasons() -> list[dict[str, str]]:
    rows = knowledge.load().tables["override_reasons"].dicts()
    return [{key: row[key] for key in ("code", "system", "display")} for row in rows]


def summary(answer: Answer, shown: list[Answer], said: Any) -> str:
    """One sentence under 140 characters: the loudest reason, then the level where there is room."""
    level = answer["level"]
    orders = ", ".join(dict.fromkeys(_plain(order["says"])[:40] for order in shown[0]["orders"]))
    text = f"{orders}: {shown[0]['text']}" if orders and len(orders) < 60 else shown[0]["text"]
    written = _plain(level["as_written"] or "")
    value = f" {said['cards']['level'].format(value=written, at=(level['taken_at'] or '?')[:10])}" if written else ""
    return text + value if len(text + value) <= SUMMARY else text[:SUMMARY]


def _plain(text: str) -> str:
    """Without what would break a line or hide: for a summary, which is no Markdown."""
    return "".join(c if c.isprintable() else " " for c in text).replace("<", "(").replace(">", ")")


def escaped(text: str) -> str:
    """Words of a record as they stand, in Markdown: every mark escaped, one line, not too long."""
    line = "".join(c if c.isprintable() else " " for c in " ".join(text.split()))[:LINE]
    return MARKDOWN.sub(r"\\\1", line)


def _detail(answer: Answer, hook: str, shown: list[Answer], unknown: Collection[str], said: Any) -> Iterator[str]:
    """Who looks at a patient reads all of it; who signs an order what speaks against giving; who chooses one the reasons."""
    words = said["cards"]
    yield from _reasons(answer, shown, said)
    if hook in WHOLE:
        yield from _lines(words["why"], (_cause(cause) for cause in answer["causes"][:CAUSES]))
        worth = [test["name"] for test in answer["tests"] if test["worth"]][:TESTS]
        yield from _lines(words["next"], iter(worth))
        yield from _options(answer, unknown, words)
    if hook != "order-select":
        yield from _against(answer, words)
    yield from _lines(words["unreadable"], map(escaped, unreadable(answer)))
    if unknown:
        parts = ", ".join(words["parts"][key] for key in unknown)
        yield from _lines(words["incomplete"], iter([parts]))
    yield ""
    version = answer["version"]
    yield f"{words['as_of'].format(as_of=answer['as_of'], **version)} {said['notice']}"


def _options(answer: Answer, unknown: Collection[str], words: Any) -> Iterator[str]:
    """The options; none where it did not come what was ordered or given, for an amount would take that for nothing."""
    options = answer["treatment"]["options"]
    if options and not AMOUNTS_NEED.isdisjoint(unknown):
        yield from _lines(words["options"], iter([words["no_amount"]]))
    else:
        yield from _lines(words["options"], (option["text"] for option in options[:OPTIONS]))


def _reasons(answer: Answer, shown: list[Answer], said: Any) -> Iterator[str]:
    """The alerts with their facts, how urgent, and the level with what limits the trust in it."""
    for one in shown:
        facts = "; ".join(dict.fromkeys(escaped(fact["says"]) for fact in one["orders"] + one["evidence"]))
        yield f"- **{one['text']}**" + (f" ({facts})" if facts else "")
    yield ""
    yield f"{said['tier'][answer['urgency']['tier']]}."
    level = answer["level"]
    if level["as_written"]:
        flags = [said["flags"].get(key, key) for key in dict.fromkeys(f["flag"] for f in level["flags"])]
        yield ""
        status = status_words(answer, said)
        yield f"{status}: {escaped(level['as_written'])}, {level['taken_at'] or said['cards']['no_time']}."
        yield from (f"- {flag}" for flag in flags)


def _against(answer: Answer, words: Any) -> Iterator[str]:
    """What speaks against giving magnesium, and what nobody has looked at."""
    guards = answer["treatment"]["guards"]
    blocks = [f"{g['name']}: {g['says']}" for g in guards if g["state"] == "blocks"]
    yield from _lines(words["blocks"], iter(blocks))
    unasked = [g["name"] for g in guards if g["state"] == "not_assessed"]
    if answer["treatment"]["options"] and unasked:
        yield from _lines(words["unasked"], iter([", ".join(unasked)]))


def _cause(cause: Answer) -> str:
    facts = "; ".join(dict.fromkeys(escaped(fact["says"]) for fact in cause["for"]))
    chance = "" if cause["probability"] is None else f" {cause['probability']:.0%}"
    return cause["name"] + chance + (f": {facts}" if facts else "")


def _lines(title: str, lines: Iterator[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield ""
        yield f"**{title}**"
        yield ""
    yield from (f"- {line}" for line in found)
