"""An answer as plain text for a clinician, top to bottom in the order of acting."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from textwrap import fill
from typing import Any

from hypomag import knowledge
from hypomag.knowledge.sentences import sentences
from hypomag.write import plan

WIDTH = plan.WIDTH
TESTS_SHOWN, PLACES_SHOWN = 6, 3  # the rest stands in the JSON
DETAIL = {"how": "mechanism", "confirm": "confirm", "first_step": "first_step"}  # a cause's keys
Answer = dict[str, Any]


def write(answer: Answer, explain: bool = False, language: str = "en") -> str:
    """The answer in words; with `explain` also the trail: every reason, its facts, its limit, its source."""
    said = sentences(language)
    parts = [_head(answer, said), _urgency(answer, said), _flags(answer, said), _beside(answer, said)]
    parts += [
        _why(answer, said, explain),
        _next(answer),
        plan.plan(answer, said),
        plan.then(answer, said, _names()),
        _missing(answer, said),
        _unread(answer),
    ]
    if explain:
        parts.append(_trail(answer))
    lines = [line for part in parts for line in part]
    version = answer["version"]
    foot = f"As of {answer['as_of']}. hypomag {version['program']}, knowledge {version['knowledge']}. {said['notice']}"
    rests = {key: len(answer["basis"][key]) for key in ("used", "not_used", "rules", "sources")}
    return "\n".join([*lines, "", fill(said["basis"]["shown"].format(**rests), WIDTH), fill(foot, WIDTH)]) + "\n"


_wrapped = plan.wrapped


def status_words(answer: Answer, said: Any) -> str:
    """The level in words, with its grade where it is low and has one."""
    level = answer["level"]
    status = str(said["status"][level["status"]])
    if level["status"] != "low" or level["ctcae_grade"] is None:
        return status
    return str(said["graded"].format(status=status, grade=level["ctcae_grade"]))


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:.12g}"


def _head(answer: Answer, said: Any) -> Iterator[str]:
    level = answer["level"]
    line = said["status"][level["status"]]
    if level["as_written"]:
        line += f": {level['as_written']}"
        if level["unit"] != "mmol/L" and level["value_mmol_l"] is not None:
            line += f" ({level['value_mmol_l']:.2f} mmol/L)"
    if level["taken_at"]:
        line += f", taken {level['taken_at']}"
    yield line
    r = level["range"]
    if r and (r["low"] is not None or r["high"] is not None):
        yield _wrapped(
            f"range in force: {_number(r['low'])} to {_number(r['high'])} {r['unit'] or ''} ({r['profile']})"
        )
    if level["ctcae_grade"] is not None and level["status"] == "low":
        yield _wrapped(f"CTCAE v5 grade {level['ctcae_grade']}")
    others = [o for o in level["other_profiles"] if o["status"] != level["status"]]
    if others and level["status"] in ("low", "normal", "high"):
        yield _wrapped("other ranges say: " + "; ".join(f"{o['profile']} {o['status']}" for o in others))


def _urgency(answer: Answer, said: Any) -> Iterator[str]:
    urgency = answer["urgency"]
    yield ""
    yield said["tier"][urgency["tier"]]
    names = _names()
    for flag in [*urgency["red_flags"], *urgency["suspected"]]:
        what = said["criteria"].get(flag["flag"]) or names.get(flag["flag"], flag["flag"])
        facts = "; ".join(fact["says"] for fact in flag["evidence"])
        yield _wrapped(f"- {said['kinds'].get(flag['kind'], flag['kind'])}: {what}" + (f" ({facts})" if facts else ""))


@cache
def _names() -> dict[str, str]:
    return {row["concept"]: row["name"] for row in knowledge.load().tables["concepts"].dicts()}


@cache
def _reasons() -> dict[str, str]:
    """Why a result is not used, in words."""
    return {row["why_not"]: row["sentence"] for row in knowledge.load().tables["why_nots"].dicts()}


def _flags(answer: Answer, said: Any) -> Iterator[str]:
    flags = dict.fromkeys(flag["flag"] for flag in answer["level"]["flags"])
    if flags:
        yield ""
        yield "How far to trust it"
    for flag in flags:
        yield _wrapped(f"- {said['flags'].get(flag, flag)}")


def _beside(answer: Answer, said: Any) -> Iterator[str]:
    femg = answer["fractional_excretion"]
    if answer["companions"] or femg:
        yield ""
        yield "Beside it"
    names = _names()
    for c in answer["companions"]:
        status = "" if c["status"] == "normal" else f"  {str(c['status'] or 'cannot tell').replace('_', ' ').upper()}"
        value, unit = f"{c['comparator'] or ''}{c['value']:.4g}", said["units"].get(c["unit"], c["unit"])
        if c["as_written"]:  # as the laboratory wrote it, so that it can be found again
            value, _, unit = c["as_written"].partition(" ")
        yield f"  {names[c['analyte']]:<28}{value:>8} {unit}{status}"
    if femg:
        low, high = f"{femg['low']:.3g}", f"{femg['high']:.3g}"
        unused = "" if femg["used"] else f"  {said['why_words']['unused']}"
        yield f"  {said['why_words']['femg']:<28}{low if low == high else f'{low} to {high}':>8} {femg['unit']}{unused}"


def _why(answer: Answer, said: Any, explain: bool) -> Iterator[str]:
    """What can be said of the cause, the steps, then each cause; the first one, or all to explain, with what to do."""
    words = said["why_words"]
    if answer["conclusion"]:
        yield ""
        yield "Why"
        yield _wrapped(answer["conclusion"]["text"])
    for step in answer["steps"]:
        if step["probability"]:
            yield _wrapped(f"{said['steps'][step['step']]}: {step['probability']:.0%}")
    for place, cause in enumerate(answer["causes"]):
        chance = _chance(cause, said)
        name = ("" if cause["recorded"] else words["suspected"]) + cause["name"]
        yield _wrapped(f"- {name}{chance}" + (f": {facts}" if (facts := _facts(cause["for"])) else ""))
        if cause["against"]:
            yield _wrapped(words["against"].format(facts=_facts(cause["against"])), "    ")
        if explain or (place == 0 and cause["recorded"]):
            details = [words[key].format(**cause) for key in ("how", "confirm", "first_step") if cause[DETAIL[key]]]
            yield _wrapped("; ".join(details), "    ")
    yield from _untested(answer, words)


def _chance(cause: Answer, said: Any) -> str:
    """How likely a cause is, and which part of what makes its step fail it bears."""
    if cause["probability"] is None:
        return ""
    if cause["share"] is None or cause["step"] is None:
        return f" {cause['probability']:.0%}"
    share = said["why_words"]["share"].format(share=f"{cause['share']:.0%}", step=said["steps"][cause["step"]])
    return f" {cause['probability']:.0%}, {share}"


def _facts(evidence: list[Answer]) -> str:
    return "; ".join(dict.fromkeys(fact["says"] for fact in evidence))


def _untested(answer: Answer, words: Any) -> Iterator[str]:
    risk = answer["untested"]
    if not risk or risk["probability"] is None:
        return
    shares = {key: f"{risk[key]:.0%}" for key in ("probability", "low", "high")}
    yield ""
    yield words["untested"].format(**shares)
    for row in risk["because"]:
        facts = _facts(row["evidence"])
        yield _wrapped(f"- {facts}: {row['says']}" if facts else f"- {row['says']}")


def _next(answer: Answer) -> Iterator[str]:
    worth = [test for test in answer["tests"] if test["worth"]]
    if answer["tests"]:
        yield ""
        yield "Ask or test next"
    for test in worth[:TESTS_SHOWN]:
        because = "" if test["because"] == test["name"] else f": {test['because']}"
        bits = max(test["bits_step"], test["bits_cause"])
        yield _wrapped(f"- {test['name']} ({bits:.2f} bits){because}")
    if answer["tests"] and not worth:
        yield _wrapped("no test or question here would change the picture")


def _missing(answer: Answer, said: Any) -> Iterator[str]:
    grouped: dict[str, list[str]] = {}
    names = _names() | said["missing"]
    unread = _unreadable(answer)
    for row in answer["missing"]:
        what = unread.get(row["what"], row["what"])
        grouped.setdefault(row["decides"], []).append(names.get(row["what"], what))
    if grouped:
        yield ""
        yield "Not known, and would decide"
    for decides, what in grouped.items():
        yield _wrapped(f"- {said['decides'].get(decides, decides)}: {', '.join(what)}")


def _unreadable(answer: Answer) -> dict[str, str]:
    """Why the newest magnesium cannot be read, in words, and the units it may have been in."""
    told = {}
    for row in answer["level"]["unreadable"]:
        likely = f" (likely {' or '.join(row['likely_units'])}; not graded)" if row["likely_units"] else ""
        facts = "; ".join(fact["says"] for fact in row["evidence"])
        told[row["because"]] = f"the newest magnesium ({facts}) cannot be read: {_reasons()[row['because']]}{likely}"
    return told


def unreadable(answer: Answer) -> list[str]:
    """Results of other tests than magnesium that cannot be read, each with why."""
    return [
        f"{_names().get(row['analyte'], row['analyte'])} ({_facts(row['evidence'])}): {_reasons()[row['because']]}"
        for row in answer["unreadable"]
    ]


def _unread(answer: Answer) -> Iterator[str]:
    if answer["unreadable"]:
        yield ""
        yield "Cannot be read, so not used"
    for line in unreadable(answer):
        yield _wrapped(f"- {line}")
    if answer["contradictions"]:
        yield ""
        yield "Its parts name different things, so not used"
        yield _wrapped("; ".join(fact["says"] for row in answer["contradictions"] for fact in row["evidence"]))
    if answer["not_recognised"]:
        yield ""
        yield "Not recognised, so not used"
        yield _wrapped(", ".join(f'"{row["text"]}"' for row in answer["not_recognised"]))
    by_reason: dict[str, list[str]] = {}
    for row in answer["left_out"]:
        by_reason.setdefault(row["reason"], []).append(row["source_ref"])
    if by_reason:
        yield ""
        yield "Left out of what was given"
    for reason, places in by_reason.items():
        more = f" and {len(places) - PLACES_SHOWN} more" if len(places) > PLACES_SHOWN else ""
        yield _wrapped(f"- {', '.join(places[:PLACES_SHOWN])}{more}: {reason}")


def _trail(answer: Answer) -> Iterator[str]:
    yield ""
    yield "Trail"
    for row in answer["trail"]:
        facts = "; ".join(f"{f['says']} [{f['source_ref']}]" for f in row["evidence"])
        yield _wrapped(
            f"- {row['rule']}: {row['key']} ({row['limit']}) <- {facts or 'nothing in the record'} | {row['source']}"
        )
    titles = [f"{s['source']}: {s['title']}" for s in answer["sources"] if s["title"]]
    if titles:
        yield ""
        yield "Sources"
    for title in titles:
        yield _wrapped(title)
