"""The form that a person types: read as documented, refused by its path with the mend."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from hypomag.read import read
from hypomag.record import Record, Refused

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "form.md").read_text("utf-8")
EXAMPLE = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)[1]
NOON = 978350400  # 2001-01-01T12:00:00Z


def typed(**form: object) -> Record:
    return read(json.dumps({"as_of": "2001-01-01"} | form).encode())


def only(record: Record, table: str = "observations") -> dict:
    (fact,) = record.tables[table]
    return fact


def test_the_example_of_the_page_is_read_from_toml_and_json_alike(tmp_path):
    (tmp_path / "a.toml").write_text(EXAMPLE, "utf-8")
    from_toml = read(tmp_path / "a.toml")
    from_bytes = read(EXAMPLE.encode())
    from_json = read(json.dumps(tomllib.loads(EXAMPLE)).encode())
    assert from_bytes == from_json
    assert [len(facts) for facts in from_toml.tables.values()] == [1, 12, 2, 5, 1, 1, 0, 1, 0]
    assert not from_toml.rejects
    labs = {(f["text"], f["value_text"]): f for f in from_toml.tables["observations"]}
    assert labs["urine magnesium", "<0.5"]["specimen"] == "urine"
    assert labs["potassium", "3.9"]["ref_high"] == 5.0
    assert labs["PTH", "low"]["value"] is None
    assert [f["dose_text"] for f in from_toml.tables["medications"]] == ["20 mg daily", "40 mg twice daily"]


def test_every_key_of_the_form_stands_on_its_page():
    from hypomag.read.form import KEYS

    for key in " ".join(KEYS.values()).split():
        assert f"`{key}`" in PAGE


@pytest.mark.parametrize(
    ("form", "place", "mend"),
    [
        ({"as_of": None}, "as_of", "as_of = "),
        ({"as_of": "soon"}, "as_of", "2024-05-29"),
        ({"as_of": "2001-01-01T10:00"}, "as_of", "time zone"),
        ({"lab": {}}, "lab", "labs"),
        ({"diagnoses": []}, "diagnoses", "conditions"),
        ({"patient": {"wieght": "70 kg"}}, "patient.wieght", "weight"),
        ({"patient": {"age": "old"}}, "patient.age", "58 y"),
        ({"patient": {"age": 58.5}}, "patient.age", "58 y"),
        ({"patient": {"age": True}}, "patient.age", "58 y"),
        ({"patient": {"age": "58 y", "birth": "1942"}}, "patient.age", "keep one"),
        ({"patient": {"sex": "woman"}}, "patient.sex", "female"),
        ({"patient": {"pregnant": "yes"}}, "patient.pregnant", "true or false"),
        ({"patient": {"weight": 70}}, "patient.weight", "a unit"),
        ({"patient": {"gestation": "second trimester"}}, "patient.gestation", "34 weeks"),
        ({"patient": []}, "patient", "table"),
        ({"labs": {"magnesium": "1,3 mg/dL"}}, "labs.magnesium", "decimal point"),
        ({"labs": {"magnesium": "1.3 mg per dL"}}, "labs.magnesium", "1.3 mg/dL"),
        ({"labs": {"magnesium": "~1.3 mg/dL"}}, "labs.magnesium", "1.3 mg/dL"),
        ({"labs": {"magnesium": ["1.3 mg/dL", True]}}, "labs.magnesium[1]", "1.3 mg/dL"),
        ({"labs": {"magnesium": {"value": "1.3 mg/dL", "when": "2001"}}}, "labs.magnesium.when", "test"),
        ({"labs": {"magnesium": {"value": "1.3 mg/dL", "unit": "mmol/L"}}}, "labs.magnesium.unit", "keep one"),
        ({"labs": {"magnesium": "1.3 mg/dL (adult)"}}, "labs.magnesium.range", "1.6-2.6"),
        ({"labs": {"magnesium": {"value": "1.3", "time": "noon"}}}, "labs.magnesium.time", "2024-05-29"),
        ({"labs": [{"value": "1.3 mg/dL"}]}, "labs[0]", "test"),
        ({"labs": 5}, "labs", "table"),
        ({"medications": "omeprazole"}, "medications", "list"),
        ({"medications": [{"dose": "20 mg"}]}, "medications[0]", "omeprazole 20 mg"),
        ({"medications": [{"name": "x", "kind": "bought"}]}, "medications[0].kind", "reported"),
        ({"medications": ["omeprazole since 2019-13"]}, "medications[0].since", ""),
        ({"medications": ["omeprazole since 2019 until 2018"]}, "medications[0].until", "before"),
        ({"medications": [5]}, "medications[0]", "table"),
        ({"conditions": [{}]}, "conditions[0]", "name"),
        ({"conditions": [{"name": 5}]}, "conditions[0].name", "text"),
        ({"ecg": {"qtc": 539}}, "ecg.qtc", "unit"),
        ({"ecg": {"qrs_width": "90 ms"}}, "ecg.qrs_width", "qrs"),
        ({"vitals": {"blood_pressure": "105"}}, "vitals.blood_pressure", "105/63 mmHg"),
        ({"encounters": [{"class": "IMP", "from": "2001"}]}, "encounters[0].from", "class"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_path_with_the_mend(form, place, mend):
    with pytest.raises(Refused) as refusal:
        typed(**form)
    sentence = str(refusal.value)
    assert sentence.startswith(f"form: {place}: ") and mend in sentence and sentence.endswith(".")
    assert "1,3" not in sentence and "old" not in sentence  # what the patient has is not repeated


def test_toml_that_is_none_names_its_line():
    with pytest.raises(Refused, match="line 2"):
        read(b'as_of = "2001"\nlabs magnesium')
    with pytest.raises(Refused, match="a number is too large"):
        read(b'as_of = "2001"\n[labs]\nmagnesium = inf')
    with pytest.raises(Refused, match="Cannot overwrite"):
        read(b'as_of = "2001"\n[labs]\nmagnesium = 1.3\nmagnesium = 2.3')


def test_a_result_is_of_the_day_of_the_form_unless_it_says_its_own():
    assert only(typed(labs={"magnesium": "1.3 mg/dL"}))["start"] == NOON
    assert only(typed(labs={"magnesium": {"value": "1.3 mg/dL", "time": "2000-12-31"}}))["start"] == NOON - 86400
    record = read(
        b"as_of = 2001-01-01T10:00:00Z\n[labs]\nmagnesium = {value = 1.30, unit = 'mg/dL', time = 2000-12-31}"
    )
    assert (only(record)["start"], only(record)["value_text"]) == (NOON - 86400, "1.30")
    assert record.as_of == NOON - 7200


def test_a_number_without_a_unit_is_taken_as_it_is():
    fact = only(typed(labs={"magnesium": 1.3}))
    assert (fact["value"], fact["value_text"], fact["unit_text"]) == (1.3, "1.3", "")


@pytest.mark.parametrize(
    ("typed_in", "status", "until"),
    [
        ("omeprazole", "active", None),
        ("omeprazole until 2002", "active", 1041379199),
        ("omeprazole until 2000", "completed", 978307199),
        ("omeprazole stopped 2000", "stopped", 978307199),
        ({"name": "omeprazole", "until": "2000", "status": "on-hold"}, "on-hold", 978307199),
    ],
)
def test_a_medication_is_over_after_its_end(typed_in, status, until):
    fact = only(typed(medications=[typed_in]), "medications")
    assert (fact["status"], fact["until"]) == (status, until)


def test_codes_that_are_typed():
    record = typed(
        labs=[{"test": "magnesium", "value": "1.3 mg/dL", "loinc": "19123-9"}],
        medications=[{"name": "omeprazole", "rxnorm": "7646"}],
        conditions=[{"icd10cm": "K50.90"}],
    )
    found = [
        (f["system"], f["code"]) for name in ("observations", "medications", "conditions") for f in record.tables[name]
    ]
    assert found == [("loinc", "19123-9"), ("rxnorm", "7646"), ("icd10cm", "K50.90")]


@pytest.mark.parametrize(
    ("age", "birth", "precision"),
    [
        ("58 y", -867844800, "year"),  # 1942-07-02T12:00:00Z
        (58, -867844800, "year"),
        ("5 months", 963748800, "month"),  # 2000-07-16T12:00:00Z, the middle of that July
        ("2 days", NOON - 2 * 86400, "day"),
    ],
)
def test_ages(age, birth, precision):
    row = only(typed(patient={"age": age}), "patients")
    assert (row["birth"], row["birth_precision"]) == (birth, precision)


def test_gestation_and_pregnancy():
    row = only(typed(patient={"pregnant": True, "gestation": "34+2 weeks"}), "patients")
    assert (row["pregnant"], row["gestation"]) == (1, 240)
    assert only(typed(patient={"pregnant": False}), "patients")["pregnant"] == 0
    assert only(typed(), "patients")["pregnant"] is None


def test_the_patient_that_was_asked_for():
    form = json.dumps({"as_of": "2001", "patient": {"id": "a"}}).encode()
    assert read(form, patient="a").tables["patients"][0]["id"] == "a"
    with pytest.raises(Refused, match="no patient with the id"):
        read(form, patient="b")
