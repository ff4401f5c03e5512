"""The text for the patient as plain text: headings and sentences, ready to print."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import fill
from typing import Any

WIDTH = 80


def write(text: dict[str, Any]) -> str:
    """text: `patient_text` of an answer."""
    return "\n".join(_lines(text)) + "\n"


def _lines(text: dict[str, Any]) -> Iterator[str]:
    heads = text["headings"]
    yield text["title"]
    yield ""
    yield heads["line"]
    yield fill(text["line"]["words"], WIDTH)
    for part in ("what", "now", "call", "usually", "questions"):
        yield ""
        yield heads[part]
        for sentence in text[part]:
            yield fill(sentence, WIDTH, initial_indent="- ", subsequent_indent="  ")
    yield ""
    yield fill(" ".join(text["note"]), WIDTH)
