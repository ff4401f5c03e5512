"""Coverage-guided fuzzing of every parser with atheris (not a dependency: install it into an environment of its own).

    python -m venv fuzz && fuzz/bin/pip install atheris && PYTHONPATH=src fuzz/bin/python tools/fuzz.py fhir -max_total_time=600

Targets: fhir, form, case, json, time, words. A find is anything but a record or a Refused. Each find becomes a named case
in tests/fuzz.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable

import atheris  # type: ignore[import-not-found]

with atheris.instrument_imports():
    from hypomag import knowledge
    from hypomag.assess import assess
    from hypomag.read import json_text, read, times
    from hypomag.recognise import words_in
    from hypomag.record import Refused


def _read(format: str) -> Callable[[bytes], None]:
    def target(data: bytes) -> None:
        try:
            record = read(data, format=format)
            if len(record.tables["patients"]) == 1:
                json.dumps(assess(record), allow_nan=False)
        except Refused as wrong:
            assert str(wrong), "a refusal without a sentence"

    return target


def _json(data: bytes) -> None:
    with contextlib.suppress(Refused):
        json_text.loads(data, "input")


def _time(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        times.parse(data.decode("utf-8", "replace"))


def _words(data: bytes) -> None:
    kind, text = ("conditions", "medications", "observations", "values")[len(data) % 4], data.decode("utf-8", "replace")
    words_in(text, kind, knowledge.load())


TARGETS = {
    "fhir": _read("fhir"),
    "form": _read("form"),
    "case": _read("case"),
    "json": _json,
    "time": _time,
    "words": _words,
}

if __name__ == "__main__":
    name = sys.argv.pop(1)
    atheris.Setup(sys.argv, TARGETS[name])
    atheris.Fuzz()
