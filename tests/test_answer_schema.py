"""Every answer keeps to the published schema: keys never vanish, null means cannot tell."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from hypomag.assess import assess
from hypomag.read import read
from hypomag.write import json_text

SCHEMA = json.loads((files("hypomag") / "answer" / "answer.schema.json").read_text("utf-8"))
PATIENTS = sorted(Path(str(files("hypomag") / "cases" / "patients")).glob("*.toml"))
FORMS = {
    "empty": {},
    "unit missing": {"labs": {"magnesium": "1.2"}},
    "word": {"labs": {"magnesium": "low"}},
    "bound": {"labs": {"magnesium": "<0.5 mmol/L"}},
    "high": {"labs": {"magnesium": "9 mg/dL", "creatinine": "6 mg/dL"}, "symptoms": ["areflexia"]},
    "seizure alone": {"symptoms": ["seizure"]},
    "newborn": {"patient": {"age": "3 d"}, "labs": {"magnesium": "0.55 mmol/L"}},
    "infusion": {
        "patient": {"age": "30 y", "sex": "female", "pregnant": True},
        "conditions": ["pre-eclampsia"],
        "medications": [{"name": "magnesium sulfate", "route": "iv", "status": "active", "kind": "given"}],
        "labs": {"magnesium": "2.1 mmol/L"},
    },
}


def errors(answer: dict) -> list[str]:
    found = Draft202012Validator(SCHEMA).iter_errors(json.loads(json_text.write(answer)))
    return [f"{error.json_path}: {error.message}" for error in found]


def test_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("file", PATIENTS, ids=lambda file: file.stem)
def test_published_patients(file: Path) -> None:
    assert errors(assess(read(file))) == []


@pytest.mark.parametrize("name", FORMS)
def test_odd_records(name: str) -> None:
    form = {"as_of": "2026-01-02"} | FORMS[name]
    assert errors(assess(read(json.dumps(form).encode()))) == []
