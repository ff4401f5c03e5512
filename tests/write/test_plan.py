"""The plan as a clinician reads it: best first with its reason, shared limits once, whole tablets, what is closed and why."""

from __future__ import annotations

import json
import re
from typing import Any

from hypomag.assess import assess
from hypomag.read import read
from hypomag.write import text


def shown(**form: Any) -> str:
    told = {"as_of": "2026-01-02", "patient": {"age": "60 y", "sex": "male", "weight": "70 kg"}} | form
    return text.write(assess(read(json.dumps(told).encode())))


def part(written: str, head: str) -> str:
    """The lines under a heading, joined."""
    found = re.search(rf"^{re.escape(head)}\n(.*?)(?:\n\n|\Z)", written, re.S | re.M)
    return " ".join(found[1].split()) if found else ""


OPTIONS = "Options to choose from, best first"


def test_options_that_become_one_amount_are_one_option_and_the_limit_is_said_once() -> None:
    plan = part(shown(labs={"magnesium": "0.4 mmol/L", "creatinine": "0.8 mg/dL"}), OPTIONS)
    assert plan.count("2 g magnesium sulfate (8.12 mmol, 16.2 mEq, 197 mg of magnesium)") == 1
    assert plan.count("no more than 2 g before a level") == 1
    assert "the same amount: Slow infusion (US and UK label)" in plan and "GlobalRPH" in plan
    assert "First because" in plan and plan.startswith("1. Slow infusion (NHS Highland), by vein")


def test_tablets_are_whole_and_counted_a_dose() -> None:
    plan = part(shown(labs={"magnesium": "1.5 mg/dL", "creatinine": "0.8 mg/dL"}), OPTIONS)
    assert "1 sachet (magnesium aspartate, 10 mmol) once a day, up to 1 twice a day" in plan
    assert "5 tablets (magnesium glycerophosphate, 4 mmol) a day (2, 2, 1)" in plan  # 20 mmol
    assert not re.search(r"\d\.\d+ (tablet|sachet)", plan)


def test_what_is_closed_is_said_with_its_reason() -> None:
    written = shown(labs={"magnesium": "0.4 mmol/L", "creatinine": "0.8 mg/dL"}, conditions=["complete heart block"])
    assert "by vein" in part(written, "Not offered") and "heart block" in part(written, "Not offered")


def test_drugs_to_keep_apart_and_one_line_for_what_is_measured_together() -> None:
    written = shown(
        labs={"magnesium": "0.4 mmol/L", "creatinine": "0.8 mg/dL"}, medications=["ciprofloxacin 500 mg twice daily"]
    )
    assert "ciprofloxacin: take it at least 2 h before or 6 h after" in part(written, "Keep apart, or watch")
    assert "calcium, potassium, creatinine, phosphate after" in part(written, "Follow up")
    assert part(written, "Follow up").count("before each dose:") == 1


def test_nobody_with_mild_low_magnesium_and_digoxin_begins_with_a_drip() -> None:
    plan = part(shown(labs={"magnesium": "1.5 mg/dL", "creatinine": ["0.8 mg/dL"]}, medications=["digoxin"]), OPTIONS)
    assert plan.startswith("1. Sachets (NHS Highland), by mouth") and "where the mouth is too slow" in plan
