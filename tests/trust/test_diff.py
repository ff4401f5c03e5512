"""A change of the rules is told in patients."""

from __future__ import annotations

import json
import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from hypomag.diff.compare import answered, changes, checked_out, patients
from hypomag.diff.people import person
from hypomag.record import Refused

HERE = Path(str(files("hypomag"))).parent


def test_the_same_version_changes_nobody_and_another_limit_does(tmp_path: Path) -> None:
    asked = patients(40)
    now = answered(HERE, asked)
    assert [one["patient"] for one in now] == [name for name, _, _ in asked]
    assert list(changes(now, answered(HERE, asked))) == []


def test_a_change_of_a_limit_is_told_in_patients(tmp_path: Path) -> None:
    shutil.copytree(HERE / "hypomag", tmp_path / "hypomag", ignore=shutil.ignore_patterns("__pycache__", "static"))
    ranges = tmp_path / "hypomag" / "knowledge" / "level" / "ranges.csv"
    text = ranges.read_text("utf-8")
    assert ",1.70," in text or ",1.7," in text
    ranges.write_text(text.replace(",1.70,", ",1.40,").replace(",1.7,", ",1.4,"), "utf-8")
    bundle = person(0) | {"entry": []}
    result = {
        "resourceType": "Observation", "id": "m", "status": "final", "code": {"text": "Magnesium"},
        "subject": {"reference": "Patient/p"}, "effectiveDateTime": "2026-03-10",
        "valueQuantity": {"value": 1.55, "unit": "mg/dL"},
    }  # fmt: skip
    who = {"resourceType": "Patient", "id": "p", "birthDate": "1960-01-01"}
    bundle["entry"] = [{"resource": who}, {"resource": result}]
    asked = [("mild", "fhir", json.dumps(bundle))]
    found = list(changes(answered(tmp_path, asked), answered(HERE, asked)))
    assert ("mild", "grade", ["normal", 0], ["low", 1]) in [
        (one.patient, one.aspect, one.before, one.after) for one in found
    ]


def test_a_revision_that_is_none_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no such revision"), checked_out("nowhere", tmp_path):
        pass
