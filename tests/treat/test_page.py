"""The page of treatment is of the present knowledge, and every sentence of a plan leads to a rule and a source."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tools import treatment_page

from hypomag import knowledge
from hypomag.assess import assess
from hypomag.knowledge.sentences import sentences
from hypomag.read import read

FORMS: dict[str, dict[str, Any]] = {
    "severe": {"labs": {"magnesium": "0.4 mmol/L", "creatinine": "0.9 mg/dL", "potassium": "2.9 mmol/L"}},
    "mild": {
        "labs": {"magnesium": "1.5 mg/dL", "creatinine": "0.9 mg/dL"},
        "medications": ["omeprazole", "ciprofloxacin"],
    },
    "seizure": {"labs": {"magnesium": "0.8 mg/dL"}, "symptoms": ["seizure"], "conditions": ["alcohol use disorder"]},
    "torsades": {"ecg": {"rhythm": "torsades de pointes"}, "medications": ["digoxin"]},
    "dialysis": {"labs": {"magnesium": "1.2 mg/dL", "creatinine": "7 mg/dL"}, "conditions": ["hemodialysis"]},
    "toxic": {"labs": {"magnesium": "8 mg/dL", "creatinine": "7 mg/dL"}, "symptoms": ["areflexia"]},
    "refeeding": {"labs": {"magnesium": "0.6 mmol/L", "creatinine": "0.5 mg/dL"}, "conditions": ["refeeding syndrome"]},
    "gitelman": {"labs": {"magnesium": "0.6 mmol/L", "creatinine": "0.5 mg/dL"}, "conditions": ["Gitelman syndrome"]},
    "block": {"labs": {"magnesium": "0.9 mg/dL", "creatinine": "0.9 mg/dL"}, "conditions": ["complete heart block"]},
}


def test_the_page_is_of_this_knowledge() -> None:
    assert treatment_page.PAGE.read_text("utf-8") == treatment_page.page(), "run: python -m tools.treatment_page"


@pytest.mark.parametrize("name", FORMS)
def test_every_sentence_of_a_plan_leads_to_a_rule_and_a_source(name: str) -> None:
    form = {"as_of": "2026-01-02", "patient": {"age": "60 y", "sex": "female", "weight": "70 kg"}} | FORMS[name]
    answer = assess(read(json.dumps(form).encode()))
    treatment, known = answer["treatment"], knowledge.load().sources
    trail = {(row["rule"], row["key"]) for row in answer["trail"]}
    said = [*treatment["options"], *treatment["actions"], *treatment["apart"], *answer["follow_up"]]
    assert said
    for row in (*said, *treatment["refused"], *treatment["guards"]):
        assert row["sources"] and set(row["sources"]) <= set(known), row
    for row in (*treatment["options"], *treatment["actions"]):
        assert ("treat", row["key"]) in trail, row["key"]
    for option in treatment["options"]:
        for other in option["also"]:
            assert ("treat", other["key"]) in trail and set(other["sources"]) <= set(option["sources"])
    for row in answer["follow_up"]:
        assert ("follow", row["key"]) in trail, row["key"]


def test_every_plan_and_guard_has_its_words() -> None:
    said, tables = sentences(), knowledge.load().tables
    plans = tables["plans"].dicts()
    assert {row["plan"] for row in plans} == set(said["titles"])
    assert {row["plan"] for row in plans if row["way"] != "any"} == set(said["why"]) - {"protocol"}
    assert {row["scenario"] for row in plans} <= set(said["reasons"])
    assert set(tables["guards"].column("guard")) == set(said["guards"])
    assert set(tables["actions"].column("action")) == set(said["actions"])
    assert set(tables["rechecks"].column("recheck")) <= set(said["rechecks"])
    assert set(tables["stop_rules"].column("stop_rule")) == set(said["stop_rules"])
