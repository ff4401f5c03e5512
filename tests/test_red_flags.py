"""Red flags in the words clinicians use are answered whatever magnesium is; the same words denied or past are not.

Expected tiers: the triage list of the project's clinical reference (resuscitation now; hospital on the same day).
"""

from __future__ import annotations

import pytest

from hypomag.assess import assess
from hypomag.record import Record

NOW = 1_767_312_000


def tier(text: str, kind: str, magnesium: str | None) -> str:
    record = Record(as_of=NOW)
    record.add("patients", "p", birth=NOW - 50 * 31_557_600, birth_precision="day", sex="female")
    record.add("conditions", "p", text=text, kind=kind, source_ref="symptoms[0]")
    if magnesium:
        record.add(
            "observations",
            "p",
            text="magnesium",
            value=float(magnesium),
            value_text=magnesium,
            unit_text="mg/dL",
            specimen="serum",
            status="final",
            start=NOW - 3600,
            start_precision="second",
            source_ref="labs[0]",
        )
    return assess(record)["urgency"]["tier"]


@pytest.mark.parametrize("magnesium", [None, "2.0", "1.4"])
@pytest.mark.parametrize(
    "text",
    [
        "torsades de pointes", "TdP", "VF arrest", "ventricular fibrillation", "sustained VT", "cardiac arrest",
        "generalised tonic-clonic seizure", "convulsions", "tetany", "comatose", "laryngospasm",
        "respiratory muscle weakness", "digoxin toxicity", "Wernicke encephalopathy",
    ],
)  # fmt: skip
def test_emergency_whatever_magnesium_is(text: str, magnesium: str | None) -> None:
    assert tier(text, "symptom", magnesium) == "emergency"


@pytest.mark.parametrize(
    "text", ["severe hypocalcaemia", "severe hypokalemia needing intensive care", "acute confusion"]
)
def test_same_day_whatever_magnesium_is(text: str) -> None:
    assert tier(text, "symptom", "2.0") == "same_day"


@pytest.mark.parametrize(
    "text", ["no seizures", "denies syncope", "family history of torsades", "history of seizure 2009"]
)
def test_denied_past_or_a_relatives_is_no_red_flag(text: str) -> None:
    assert tier(text, "symptom", "2.0") == "none"


@pytest.mark.parametrize(
    ("name", "result", "expected"),
    [
        ("12-lead ECG", "torsades de pointes", "emergency"),
        ("12-lead ECG", "sinus rhythm, QTc 560 ms", "emergency"),
        ("12-lead ECG", "sinus rhythm, QTc 420 ms, no torsades", "none"),
        ("Chief complaint", "seizure this morning", "emergency"),
        ("Family history", "seizures", "none"),
    ],
)
def test_an_observation_with_a_result_in_words(name: str, result: str, expected: str) -> None:
    record = Record(as_of=NOW)
    record.add("patients", "p", birth=NOW - 50 * 31_557_600, birth_precision="day", sex="female")
    told = {"status": "final", "start": NOW - 3600, "start_precision": "second"}
    record.add("observations", "p", text=name, value_text=result, **told)
    record.add("observations", "p", text="magnesium", value=2.0, value_text="2.0", unit_text="mg/dL", **told)
    assert assess(record)["urgency"]["tier"] == expected


def test_mildly_low_and_well_is_routine() -> None:
    assert tier("asymptomatic", "symptom", "1.6") == "routine"


@pytest.mark.parametrize("status", ["provisional", "unconfirmed", "differential", "refuted", "active"])
@pytest.mark.parametrize("text", ["torsades de pointes", "rule out torsades de pointes", "no torsades de pointes"])
def test_what_is_told_in_doubt_stays_open_and_is_shown(text: str, status: str) -> None:
    record = Record(as_of=NOW)
    refuted = 1 if status == "refuted" else None
    record.add("conditions", "p", text=text, status=status, negated=refuted, kind="condition", source_ref="c")
    urgency = assess(record)["urgency"]
    if status == "refuted" or text.startswith("no "):
        assert urgency["suspected"] == [] and urgency["tier"] != "emergency"
    elif status == "active" and not text.startswith("rule out"):
        assert urgency["tier"] == "emergency"
    else:
        assert urgency["tier"] != "emergency" and "emergency" in urgency["possible"]
        assert [(flag["flag"], flag["tier"]) for flag in urgency["suspected"]] == [("torsades", "emergency")]
        assert urgency["suspected"][0]["evidence"][0]["says"] == text
