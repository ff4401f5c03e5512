"""The plan of an answer in plain text: what may be given, what stands beside it, what follows. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import fill
from typing import Any

from hypomag.write import forecast_text

WIDTH = 100
OPTIONS_SHOWN = 5  # the rest stands in the JSON
Answer = dict[str, Any]


def wrapped(text: str, indent: str = "  ") -> str:
    return fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")


def plan(answer: Answer, said: Any) -> Iterator[str]:
    """Options best first, the limits they share once, what is not offered, what to look at, what goes with it."""
    treatment, words = answer["treatment"], said["plan_parts"]
    shown = [*_protocol(treatment), *_options(treatment, words), *_deficit(treatment)]
    yield from _headed(words["options"], shown + forecast_text.searched(treatment.get("forecast")))
    yield from _headed(words["refused"], _refused(treatment))
    yield from _headed(words["look"], _guards(treatment, words))
    actions = dict.fromkeys(action["text"] for action in treatment.get("actions", []))
    yield from _headed(words["with_it"], [f"- {action}" for action in actions])
    yield from _headed(
        words["apart"], [f"- {text}" for text in dict.fromkeys(row["text"] for row in treatment["apart"])]
    )


def _headed(head: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield head
    for line in lines:
        text = line.lstrip()
        yield wrapped(text, "  " + line[: len(line) - len(text)])


def _protocol(treatment: Answer) -> list[str]:
    return [treatment["protocol"]["text"]] if treatment["protocol"] else []


def _options(treatment: Answer, words: Any) -> list[str]:
    options, lines = treatment["options"][:OPTIONS_SHOWN], []
    more = len(treatment["options"]) - len(options)
    for n, option in enumerate(options, 1):
        lines.append(f"{n}. {option['line']}" if len(options) > 1 else f"- {option['line']}")
        if n == 1 and len(options) > 1:
            lines.append("   " + words["first"].format(why=option["why"]))
        if option.get("forecast"):
            lines.append("   " + forecast_text.option(option["forecast"]))
    if more:
        lines.append(f"- {words['more'].format(count=more)}")
    shared: dict[str, list[int]] = {}
    for n, option in enumerate(options, 1):
        for limit in option["limits"]:
            shared.setdefault(limit, []).append(n)
    for limit, of in shared.items():
        which = "" if len(of) == len(options) else ", ".join(map(str, of)) + ": "
        lines.append(f"- {which}{limit}")
    return lines


def _deficit(treatment: Answer) -> list[str]:
    return [f"- {treatment['deficit']['text']}"] if treatment["deficit"] and treatment["options"] else []


def _refused(treatment: Answer) -> list[str]:
    """Ways that are closed, by what closes them."""
    reasons: dict[str, list[str]] = {}
    for row in treatment["refused"]:
        reasons.setdefault("; ".join(row["because"]), []).append(row.get("way") or row["title"])
    return [f"- {', '.join(dict.fromkeys(ways))}: {because}" for because, ways in reasons.items()]


def _guards(treatment: Answer, words: Any) -> list[str]:
    matter = [guard for guard in treatment["guards"] if guard["matters"]]
    lines = [f"- {guard['says']}" for guard in matter if guard["state"] == "blocks"]
    unasked = dict.fromkeys(guard["look"] for guard in matter if guard["state"] == "not_assessed")
    return [*dict.fromkeys(lines), *([f"- {words['not_assessed']}: {', '.join(unasked)}"] if unasked else [])]


def then(answer: Answer, said: Any, names: dict[str, str]) -> Iterator[str]:
    """What to measure when, what to watch, and what usually happens."""
    words = said["plan_parts"]
    yield from _headed(words["follow"], [*_looks(answer, names), *_watched(answer, words)])
    if answer["outlook"]:
        recovery = dict.fromkeys(row["text"] for row in answer["outlook"]["recovery"])
        figures = dict.fromkeys(row["text"] for row in answer["outlook"]["associations"])
        yield from _headed(words["outlook"], [answer["outlook"]["text"], *(f"- {t}" for t in (*recovery, *figures))])


def _looks(answer: Answer, names: dict[str, str]) -> list[str]:
    """One line for all that is measured at one time for one reason."""
    together: dict[tuple[str, str, str], list[str]] = {}
    for item in answer["follow_up"]:
        if item["what"]:
            of = names.get(item["key"], "") if item["kind"] == "long_term" else ""
            together.setdefault((of, when(item), item["because"]), []).append(names.get(item["what"], item["what"]))
    return [
        f"- {of + ': ' if of else ''}{', '.join(dict.fromkeys(what))}{when}: {because}"
        for (of, when, because), what in together.items()
    ]


def _watched(answer: Answer, words: Any) -> list[str]:
    kinds: dict[str, list[str]] = {}
    for item in answer["follow_up"]:
        if not item["what"]:
            kinds.setdefault(item["kind"], []).append(item["because"])
    return [f"- {words[kind]}: {'; '.join(dict.fromkeys(said))}" for kind, said in kinds.items()]


def when(item: Answer) -> str:
    start, end, every = item.get("from_hours"), item.get("to_hours"), item.get("every_hours")
    text = ""
    if start is not None:
        text = f" after {_hours(start)}" if end in (None, start) else f" after {_span(start, end)}"
    return text + (f", every {_hours(every)}" if every else "")


def _span(start: float, end: float) -> str:
    first, last = _hours(start), _hours(end)
    amount, _, unit = first.partition(" ")
    return f"{amount if last.endswith(unit) else first} to {last}"


def _hours(hours: float) -> str:
    return f"{hours / 24:.4g} days" if hours >= 48 else f"{hours:.4g} h"
