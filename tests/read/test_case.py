"""The reader of published cases: blind, complete, nothing converted."""

import copy

import pytest

from hypomag.read import case
from hypomag.record import seal

DAY = 86400
WOMAN = {
    "id": "case-900",
    "schema_version": "1.0",
    "source": {"title": "never read"},
    "patient": {"age": 68, "age_unit": "years", "sex": "F", "pregnant": None, "weight_kg": 61.5},
    "conditions": [{"text": "hypertension", "icd10cm": "I10"}, {"text": "recent stroke", "icd10cm": None}],
    "medications": [
        {"ingredient": "omeprazole", "dose": "250 mg three times daily", "route": "oral",
         "duration": "9 years"},
        {"ingredient": "furosemide", "dose": "40-120 mg/day", "route": None, "duration": None,
         "note": "a hint"},
    ],
    "symptoms": ["tingling"],
    "vitals_ecg": {"qtc_ms": 541, "rhythm": "sinus; previous QTc 453", "hr": 77},
    "labs": [
        {"analyte": "magnesium", "value": 0.5, "unit": "mg/dL", "specimen": "serum", "time_days": 4,
         "phase": "index", "qualifier": "<", "ref_low": 1.6, "ref_high": 2.5, "note": "a hint"},
        {"analyte": "PTH", "value": None, "unit": None, "specimen": "serum", "time_days": None,
         "phase": "index", "qualifier": "low-normal"},
        {"analyte": "potassium", "value": 3.0, "unit": "mEq/L", "specimen": "serum", "time_days": -1,
         "phase": "before", "qualifier": "low"},
        {"analyte": "sodium", "value": 130, "unit": "mmol/L", "specimen": "serum", "time_days": 0,
         "phase": "index", "qualifier": "about"},
        {"analyte": "magnesium", "value": 1.9, "unit": "mg/dL", "specimen": "serum", "time_days": 9,
         "phase": "course"},
    ],
    "genetics": {"gene": "never read"},
    "truth": {"hypomagnesemia": True, "cause": "never read"},
    "extraction_note": "never read",
}  # fmt: skip


def facts(record, table):
    return {fact["text"]: fact for fact in record.tables[table]}


@pytest.fixture
def sealed():
    return seal(case.lift(copy.deepcopy(WOMAN), "woman.json"))


def test_labs_are_lifted_as_printed(sealed):
    labs = facts(sealed, "observations")
    magnesium = labs["magnesium"]
    assert (magnesium["comparator"], magnesium["value"], magnesium["value_text"]) == ("<", 0.5, "<0.5")
    assert (magnesium["unit_text"], magnesium["unit"], magnesium["specimen"]) == ("mg/dL", "", "serum")
    assert (magnesium["ref_low"], magnesium["ref_high"], magnesium["ref_unit"]) == (1.6, 2.5, "mg/dL")
    assert magnesium["start"] == 978350400 + 4 * DAY  # noon of 2001-01-05, in UTC
    assert [labs["PTH"][c] for c in ("value", "value_text", "start")] == [None, "low-normal", None]
    assert (labs["potassium"]["value"], labs["potassium"]["flag"]) == (3.0, "L")
    assert labs["QTc"]["value"] == 541 and labs["QTc"]["unit_text"] == "ms"
    assert labs["weight"]["value"] == 61.5 and labs["weight"]["unit_text"] == "kg"


def test_a_qualifier_that_is_not_understood_takes_the_number_away(sealed):
    sodium = facts(sealed, "observations")["sodium"]
    assert (sodium["value"], sodium["value_text"]) == (None, "about 130")


def test_rows_of_the_course_and_the_answers_are_never_read(sealed):
    assert len([f for f in sealed.tables["observations"] if f["text"] == "magnesium"]) == 1
    assert sealed.ignored == {"labs of another phase": 1}
    assert "never read" not in repr(sealed) and "a hint" not in repr(sealed)


def test_hidden_fields_change_nothing(sealed):
    blind = {k: v for k, v in WOMAN.items() if k not in ("truth", "source", "genetics", "extraction_note")}
    assert seal(case.lift(blind, "woman.json")) == sealed


def test_medications_and_conditions(sealed):
    drugs = facts(sealed, "medications")
    assert [drugs["omeprazole"][c] for c in ("dose", "dose_unit", "frequency", "route", "duration_text")] == [
        250.0, "mg", 3.0, "oral", "9 years",
    ]  # fmt: skip
    assert (drugs["furosemide"]["dose"], drugs["furosemide"]["dose_text"]) == (None, "40-120 mg/day")
    conditions = facts(sealed, "conditions")
    assert {text: (fact["kind"], fact["code"], fact["system"]) for text, fact in conditions.items()} == {
        "hypertension": ("condition", "I10", "icd10cm"),
        "recent stroke": ("condition", "", ""),
        "tingling": ("symptom", "", ""),
        "sinus; previous QTc 453": ("rhythm", "", ""),
    }


def test_age_is_a_birth_in_its_year_and_as_of_is_the_last_index_lab(sealed):
    (woman,) = sealed.tables["patients"]
    assert (woman["birth"], woman["birth_precision"]) == (-1183420800, "year")  # 1932-07-02T00:00:00Z
    assert woman["sex"] == "female" and woman["pregnant"] is None
    assert sealed.as_of == 978350400 + 4 * DAY


@pytest.mark.parametrize(
    ("place", "wrong", "reason"),
    [
        (("labs", 0, "value"), "0.5", "value must be a number"),
        (("labs", 0, "value"), True, "value must be a number"),
        (("labs", 0, "unit"), 3, "unit must be text"),
        (("labs", 0, "analyte"), None, "a lab row needs an analyte"),
        (("medications", 0, "ingredient"), {}, "ingredient must be text"),
        (("conditions", 0), "hypertension", "must be an object"),
        (("symptoms", 0), 5, "a symptom is a short text"),
        (("patient", "age"), -4, "age must be a number of years or months, named by age_unit"),
        (("patient", "sex"), "x", "sex must be M, F or null"),
        (("vitals_ecg",), [1], "must be an object"),
    ],
)
def test_what_has_the_wrong_shape_is_rejected_by_its_place_and_the_rest_is_read(place, wrong, reason):
    broken = copy.deepcopy(WOMAN)
    target = broken
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = wrong
    record = seal(case.lift(broken, "woman.json"))
    assert [r.reason for r in record.rejects] == [reason]
    assert record.received == record.lifted + 1 + 1  # one rejected, one row of the course ignored
    assert facts(record, "observations")["potassium"]["value"] == 3.0
