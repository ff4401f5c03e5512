"""One made-up adult as a form, for tests that change one thing."""

from __future__ import annotations

from typing import Any

from hypomag.read import read
from hypomag.record import Record

AS_OF = "2026-11-22T08:00:00Z"


def form(**changes: Any) -> Record:
    """A woman of 58 on omeprazole with three levels; a change set to None takes the line away."""
    labs = {
        "magnesium": [
            {"value": "1.1 mg/dL", "time": "2026-11-20T08:00:00Z"},
            {"value": "1.3 mg/dL", "time": "2026-11-21T08:00:00Z"},
            {"value": "1.2 mg/dL", "time": "2026-11-22T07:00:00Z"},
        ],
        "creatinine": {"value": "0.9 mg/dL", "time": "2026-11-22T07:00:00Z"},
    }
    given: dict[str, Any] = {
        "as_of": AS_OF,
        "patient": {"age": "58 y", "sex": "female", "weight": "70 kg", "height": "168 cm"},
        "medications": ["omeprazole 20 mg daily since 2019"],
        "conditions": ["no kidney injury"],
        "labs": labs,
    }
    for where, value in changes.items():
        table, _, key = where.partition("__")
        target = given[table] if key else given
        if value is None:
            del target[key or table]
        else:
            target[key or table] = value
    return read(_toml(given))


def _toml(given: dict[str, Any]) -> bytes:
    import json

    return json.dumps(given).encode()
