"""Every answer says what it rests on: facts, what was not used and why, rules, limits, for whom, sources, version."""

from __future__ import annotations

import json

import pytest

from hypomag.assess import assess
from hypomag.diff.people import NOW, observation
from hypomag.diff.people import person as patient
from hypomag.read import read
from hypomag.write import text
from tests.many import many


def test_every_answer_has_a_full_basis() -> None:
    for seed in range(many(60, 50_000)):
        answer = assess(read(json.dumps(patient(seed)).encode()))
        basis = answer["basis"]
        assert basis["rules"] and basis["limits"] and basis["intended_user"] and basis["sources"] and basis["version"]
        assert all(rule["about"] for rule in basis["rules"])
        trail = {fact["row"] for reason in answer["trail"] for fact in reason["evidence"]}
        assert [fact["row"] for fact in basis["used"]] == sorted(trail)
        assert "What this rests on" in text.write(answer)


@pytest.mark.parametrize(
    ("wrong", "because"),
    [
        ({"subject": {"reference": "Patient/q"}}, "another patient"),
        ({"status": "nope"}, "status"),
        ({"code": None}, "code"),
    ],
)
def test_what_was_not_used_is_named_with_its_reason(wrong: dict, because: str) -> None:
    spoilt = observation("m", "19123-9", "Magnesium", 1.2, "mg/dL", NOW) | wrong
    person = {"resourceType": "Patient", "id": "p"}
    left = assess(read(json.dumps([person, spoilt]).encode()))["basis"]["not_used"]
    assert any(because in row["because"] for row in left), left


def test_a_test_beside_it_that_cannot_be_read_is_named_with_its_reason() -> None:
    bare = observation("k", "2823-3", "Potassium", 2.9, "", NOW)
    low = observation("m", "19123-9", "Magnesium", 1.2, "mg/dL", NOW)
    answer = assess(read(json.dumps([{"resourceType": "Patient", "id": "p"}, low, bare]).encode()))
    assert [(row["analyte"], row["because"]) for row in answer["unreadable"]] == [("potassium", "no_unit")]
    assert {"what": "Observation/k", "because": "no_unit"} in answer["basis"]["not_used"]
    assert "potassium (Potassium: 2.9): it carries no unit" in text.write(answer)
