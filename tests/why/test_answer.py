"""Whole answers: what a clinician would object to at once if it were otherwise."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hypomag.assess import assess
from hypomag.read import read
from hypomag.record import Record
from hypomag.write import text as plain

NOW, DAY = 1_800_000_000, 86_400


def patient(magnesium: float | None = 1.1, age: int | None = 60, **tables: list[dict[str, Any]]) -> dict[str, Any]:
    record = Record(as_of=NOW)
    record.add(
        "patients", "p", birth=None if age is None else NOW - age * 31_557_600, birth_precision="day", sex="female"
    )
    if magnesium is not None:
        record.add("observations", "p", **lab("magnesium", magnesium, "mg/dL"))
    for table, rows in tables.items():
        for row in rows:
            record.add(table, "p", **row)
    return assess(record)


def lab(text: str, value: float, unit: str, days: float = 0, specimen: str = "serum") -> dict[str, Any]:
    start = int(NOW - days * DAY)
    return {
        "text": text,
        "value": float(value),
        "unit_text": unit,
        "specimen": specimen,
        "status": "final",
        "start": start,
    }


def drug(text: str, since: float | None = None, until: float | None = None) -> dict[str, Any]:
    taken = {"text": text, "kind": "reported", "status": "active" if until is None else "stopped"}
    times = {"start": since, "until": until}
    return taken | {k: int(NOW - v * DAY) for k, v in times.items() if v is not None}


def said(*texts: str) -> list[dict[str, Any]]:
    return [{"text": text} for text in texts]


def of(answer: dict[str, Any]) -> dict[str, Any]:
    return {cause["cause"]: cause for cause in answer["causes"]}


def step(answer: dict[str, Any], name: str) -> float:
    return next(s["probability"] for s in answer["steps"] if s["step"] == name)


@pytest.mark.parametrize("magnesium", [2.0, 4.5, None])
def test_no_cause_and_no_step_where_magnesium_is_not_low(magnesium: float | None) -> None:
    answer = patient(
        magnesium, conditions=said("Crohn's disease", "alcohol abuse"), medications=[drug("omeprazole", 900)]
    )
    assert answer["causes"] == [] and answer["tests"] == []
    assert {s["probability"] for s in answer["steps"]} == {None}


def test_nothing_known_is_undetermined_with_the_work_up_it_needs() -> None:
    answer = patient(1.6)
    assert answer["steps"][0]["step"] == "other"
    assert not [c for c in answer["causes"] if c["recorded"]]
    assert [t["test"] for t in answer["tests"] if t["worth"] and t["burden"] == 0]
    assert any(t["test"] == "femg" and t["worth"] for t in answer["tests"])


def test_the_name_of_the_finding_is_never_a_cause() -> None:
    bare = patient()
    coded = patient(conditions=[{"code": "E83.42", "system": "icd10cm", "text": "Hypomagnesemia"}])
    assert coded["causes"] == bare["causes"] and coded["steps"] == bare["steps"]


@pytest.mark.parametrize("text", ["HELIX syndrome", "hypoalbuminaemia", "EDTA contamination"])
def test_look_alikes_and_artefacts_are_never_a_cause(text: str) -> None:
    never = {"helix", "hypoalbuminemia_artifact", "edta_citrate_contamination", "dilution_artifact"}
    assert never.isdisjoint(of(patient(conditions=said(text))))


def test_a_drug_begun_yesterday_is_not_the_cause_of_a_chronic_loss() -> None:
    long, new = (
        patient(medications=[drug("hydrochlorothiazide", 400)]),
        patient(medications=[drug("hydrochlorothiazide", 1)]),
    )
    assert of(new)["thiazide"]["probability"] < of(long)["thiazide"]["probability"] / 5
    assert "thiazide" not in of(patient(medications=[drug("hydrochlorothiazide", -1)]))


def test_a_drug_of_the_past_fades_but_platinum_lasts() -> None:
    taken, stopped, gone = (of(patient(medications=[drug("omeprazole", 900, until)])) for until in (None, 7, 60))
    assert taken["ppi"]["probability"] > stopped["ppi"]["probability"] > 0.05
    assert not gone.get("ppi", {"recorded": False})["recorded"]
    assert of(patient(medications=[drug("cisplatin", 900, 600)]))["cisplatin"]["probability"] > 0.6


def test_a_drug_that_counts_only_with_a_condition_needs_it() -> None:
    insulin = [drug("insulin")]
    assert "insulin_therapy" not in of(patient(medications=insulin))
    assert "insulin_therapy" in of(patient(medications=insulin, conditions=said("diabetic ketoacidosis")))


def test_several_causes_add_up_and_each_bears_its_share() -> None:
    told = {
        "medications": [drug("omeprazole", 900), drug("hydrochlorothiazide", 900)],
        "conditions": said("chronic diarrhea"),
    }
    one, all_three = patient(medications=[drug("omeprazole", 900)]), patient(**told)
    assert step(all_three, "other") < step(one, "other")
    assert {"ppi", "thiazide", "chronic_diarrhea"} <= set(list(of(all_three))[:3])
    for cause in all_three["causes"]:
        assert 0 < cause["share"] <= 1
    both = of(patient(medications=[drug("furosemide", 900), drug("hydrochlorothiazide", 900)]))
    assert both["loop_diuretic"]["share"] + both["thiazide"]["share"] < 1


def test_urine_magnesium_moves_the_step_and_nothing_moves_it_while_it_cannot_be_read() -> None:
    told = {"medications": [drug("omeprazole", 900), drug("furosemide", 900)]}

    def urine(magnesium: float, creatinine: float = 1.0) -> list[dict[str, Any]]:
        return [
            lab("magnesium", magnesium, "mg/dL", specimen="urine"),
            lab("creatinine", 100, "mg/dL", specimen="urine"),
            lab("creatinine", creatinine, "mg/dL"),
        ]

    bare, lost, spared = patient(**told), *(patient(**told, observations=urine(mg)) for mg in (20, 0.5))
    assert step(lost, "renal_loss") > step(bare, "renal_loss") > step(spared, "renal_loss")
    assert step(spared, "absorption") > step(bare, "absorption") > step(lost, "absorption")
    assert of(lost)["loop_diuretic"]["probability"] > of(lost)["ppi"]["probability"]
    assert of(spared)["ppi"]["probability"] > of(spared)["loop_diuretic"]["probability"]
    renal = next(s for s in lost["steps"] if s["step"] == "renal_loss")
    assert "femg" in {row["what"] for row in renal["for"]}
    dialysed = patient(**told, observations=urine(20, creatinine=4.5))
    assert not {"femg", "urine_magnesium_24h"} & {t["test"] for t in dialysed["tests"]}
    assert "femg" not in {row["what"] for s in dialysed["steps"] for row in s["for"] + s["against"]}


def test_low_calcium_and_potassium_are_shown_as_consequences_and_blame_no_cause() -> None:
    told = {"medications": [drug("omeprazole", 900)]}
    labs = [lab("calcium", 6.5, "mg/dL"), lab("potassium", 2.8, "mmol/L")]
    bare, low = patient(0.6, **told), patient(0.6, **told, observations=labs)
    assert {c["finding"] for c in low["consequences"]} == {"calcium", "potassium"}
    assert of(low)["ppi"]["probability"] == of(bare)["ppi"]["probability"]


def test_a_gene_is_suspected_by_its_pattern_and_never_without_one() -> None:
    labs = [
        lab("potassium", 2.7, "mmol/L"),
        lab("bicarbonate", 32, "mmol/L"),
        lab("calcium", 40, "mg/24h", specimen="24h urine"),
    ]
    young = patient(1.3, age=24, observations=labs)
    assert young["causes"][0]["cause"] == "gitelman" and not young["causes"][0]["recorded"]
    assert {"age", "potassium", "bicarbonate", "urine_calcium"} <= {row["what"] for row in young["causes"][0]["for"]}
    assert "gitelman" not in of(patient(1.3, age=24))
    deaf = patient(1.3, age=1, observations=labs, conditions=said("sensorineural deafness", "polyhydramnios"))
    assert of(deaf)["bartter4"]["probability"] > of(young).get("bartter4", {"probability": 0})["probability"]


def test_what_would_change_nothing_is_said_and_stands_last() -> None:
    tests = patient(medications=[drug("omeprazole", 900)])["tests"]
    worth = [t["worth"] for t in tests]
    assert worth == sorted(worth, reverse=True) and False in worth
    assert all(t["bits_cause"] >= t["bits_step"] >= 0 for t in tests)
    assert not any(t["worth"] for t in tests if t["test"].startswith(("sign_chvostek", "sign_trousseau")))


@pytest.mark.parametrize(
    ("form", "key"),
    [
        ({"labs": {"magnesium": "0.6 mg/dL"}, "medications": ["cisplatin"]}, "named"),
        ({"labs": {"magnesium": "1.4 mg/dL"}, "conditions": ["type 2 diabetes mellitus"]}, "possible"),
        ({"labs": {"magnesium": "1.4 mg/dL"}}, "undetermined"),
        ({"labs": {"magnesium": "2.0 mg/dL"}}, None),
        ({}, None),
    ],
)
def test_what_can_be_said_of_the_cause(form: dict, key: str | None) -> None:
    answer = assess(read(json.dumps({"as_of": "2026-01-02", "patient": {"age": "50 y"}} | form).encode()))
    assert (answer["conclusion"] or {}).get("key") == key
    said = plain.write(answer)
    assert ("Undetermined" in said) == (key in ("possible", "undetermined"))
    assert ("\nWhy\n" in said) == (key is not None)
    assert ("never measured" in said) == (answer["untested"] is not None)


def test_fractional_excretion_is_shown_and_not_where_it_may_not_be_read() -> None:
    """100 x 8 x 1.0 / (0.7 x 1.0 x 60) = 19.05 percent, by hand."""
    labs = {"magnesium": "1.0 mg/dL", "creatinine": "1.0 mg/dL", "urine magnesium": "8 mg/dL"}
    form = {"as_of": "2026-01-02", "patient": {"age": "60 y", "sex": "male"}}
    urine = {"urine creatinine": "60 mg/dL"}
    known = assess(read(json.dumps(form | {"labs": labs | urine}).encode()))
    assert known["fractional_excretion"]["low"] == pytest.approx(19.05, abs=0.01)
    assert "excreted magnesium (FEMg) 19 %" in " ".join(plain.write(known).split())
    assert ("femg", "fe_8_or_more") in {(row["finding"], row["value"]) for row in known["findings"]}
    assert known["fractional_excretion"]["used"]
    none = assess(read(json.dumps(form | {"labs": labs}).encode()))
    assert none["fractional_excretion"] is None and "(FEMg)" not in plain.write(none)
    failing = assess(read(json.dumps(form | {"labs": labs | urine | {"creatinine": "4.0 mg/dL"}}).encode()))
    assert "femg" not in {row["finding"] for row in failing["findings"]}
    assert not failing["fractional_excretion"]["used"]
    assert "not used: eGFR under 30" in plain.write(failing)
