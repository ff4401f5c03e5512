"""FHIR R4: codes, values, reference ranges and times of results and conditions."""

from __future__ import annotations

import json

import pytest
from tests.read.people import (
    ICD10,
    LOINC,
    RXNORM,
    SNOMED,
    UCUM,
    bundle,
    concept,
    drug,
    magnesium,
    only,
    patient,
    problem,
    quantity,
    sealed,
)

from hypomag.read import fhir, read
from hypomag.record import seal

# Codes


@pytest.mark.parametrize(
    ("table", "resource", "code", "system"),
    [
        ("observations", lambda codings: magnesium(code={"coding": codings}), "19123-9", "loinc"),
        ("conditions", lambda codings: problem(code={"coding": codings}), "E83.42", "icd10cm"),
        ("medications", lambda codings: drug(medicationCodeableConcept={"coding": codings}), "7646", "rxnorm"),
    ],
)
def test_the_code_of_the_known_system_is_picked_wherever_it_stands(table, resource, code, system):
    codings = [
        {"system": "http://local", "code": "MG", "display": "local name"},
        {"system": SNOMED, "code": "190855004", "display": "snomed name"},
        {"system": LOINC, "code": "19123-9", "display": "loinc name"},
        {"system": ICD10, "code": "E83.42", "display": "icd name"},
        {"system": RXNORM, "code": "7646", "display": "rxnorm name"},
        {"display": "no code"},
    ]
    for shift in range(len(codings)):
        record = sealed(resource(codings[shift:] + codings[:shift]))
        fact = only(record, table)
        assert (fact["code"], fact["system"], fact["text"]) == (code, system, f"{system.removesuffix('10cm')} name")
        others = {(c["system"], c["code"]) for c in record.tables["codings"]}
        assert others == {
            (s, c) for s, c in
            [("snomed", "190855004"), ("loinc", "19123-9"), ("icd10cm", "E83.42"), ("rxnorm", "7646")] if c != code
        }  # fmt: skip
        assert {c["of_row"] for c in record.tables["codings"]} == {fact["row"]}


@pytest.mark.parametrize(
    ("uri", "system"),
    [
        (LOINC, "loinc"), ("urn:oid:2.16.840.1.113883.6.1", "loinc"), (SNOMED, "snomed"), (RXNORM, "rxnorm"),
        ("urn:oid:2.16.840.1.113883.6.88", "rxnorm"), ("http://www.whocc.no/atc", "atc"), (ICD10, "icd10cm"),
        ("urn:oid:2.16.840.1.113883.6.90", "icd10cm"), ("http://hl7.org/fhir/sid/icd-9-cm", "icd9cm"),
        ("urn:oid:2.16.840.1.113883.6.96", "snomed"), ("http://hospital/codes", "local"), (None, "local"),
    ],
)  # fmt: skip
def test_systems_by_uri_and_oid(uri, system):
    coded = {"coding": [{"system": uri, "code": "X1", "display": "name"}]}
    assert only(sealed(problem(code=coded)), "conditions")["system"] == system


def test_the_text_of_a_concept_comes_before_the_display():
    coded = {"coding": [{"system": LOINC, "code": "19123-9", "display": "display"}]}
    assert only(sealed(magnesium(code=coded)))["text"] == "display"
    assert only(sealed(magnesium(code=coded | {"text": "text"})))["text"] == "text"


# Values


@pytest.mark.parametrize(
    ("written", "value", "value_text"),
    [("1.10", 1.1, "1.10"), ("2", 2.0, "2"), ("1e0", 1.0, "1e0"), ("0.70", 0.7, "0.70")],
)
def test_digits_stay_as_they_were_written(written, value, value_text):
    text = json.dumps(bundle(magnesium(valueQuantity=quantity(0)))).replace('"value": 0', f'"value": {written}')
    fact = only(read(text.encode()))
    assert (fact["value"], fact["value_text"]) == (value, value_text)


@pytest.mark.parametrize(
    ("unit", "unit_text", "code"),
    [
        ({"unit": "mg/dl", "system": UCUM, "code": "mg/dL"}, "mg/dl", "mg/dL"),
        ({"unit": "mg/dL"}, "mg/dL", ""),
        ({"code": "mg/dL", "system": UCUM}, "", "mg/dL"),
        ({"code": "mg/dL", "system": "http://local"}, "mg/dL", ""),
        ({"unit": "mmol/L", "code": "mg/dL"}, "mmol/L", ""),
        ({}, "", ""),
    ],
)
def test_units_for_people_and_of_ucum(unit, unit_text, code):
    fact = only(sealed(magnesium(valueQuantity={"value": 1.3} | unit)))
    assert (fact["unit_text"], fact["unit"]) == (unit_text, code)


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ({"valueString": "<0.5 mg/dL"}, ("<0.5", 0.5, "<", "mg/dL")),
        ({"valueString": "1.10 mg/dL L"}, ("1.10", 1.1, "", "mg/dL")),
        ({"valueString": "0.4 mmol/L (LL)"}, ("0.4", 0.4, "", "mmol/L")),
        ({"valueString": "1.1 L"}, ("1.1", 1.1, "", "L")),
        ({"valueString": "<0.5"}, ("<0.5", 0.5, "<", "")),
        ({"valueString": "hemolyzed"}, ("hemolyzed", None, "", "")),
        ({"valueString": "1,3 mg/dL"}, ("1,3 mg/dL", None, "", "")),
        ({"valueCodeableConcept": concept("Low")}, ("Low", None, "", "")),
        ({"valueInteger": 2}, ("2", 2.0, "", "")),
        ({"valueRange": {"low": quantity(1), "high": quantity(2)}}, ("1-2 mg/dL", None, "", "mg/dL")),
        ({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}}, ("1:128", None, "", "")),
        ({"valueDateTime": "2024"}, ("2024", None, "", "")),
        ({"valueSampledData": {}}, ("", None, "", "")),
        ({}, ("", None, "", "")),
    ],
)
def test_values_of_other_types(element, expected):
    fact = only(sealed(magnesium(valueQuantity=None, **element)))
    assert (fact["value_text"], fact["value"], fact["comparator"], fact["unit_text"]) == expected


@pytest.mark.parametrize(
    ("element", "presence"),
    [
        ({"valueBoolean": True}, "present"), ({"valueBoolean": False}, "absent"),
        ({"valueCodeableConcept": concept("Absent")}, "absent"), ({"valueCodeableConcept": concept("Yes")}, "present"),
        ({"valueCodeableConcept": concept("Positive")}, ""), ({"valueCodeableConcept": concept("unknown")}, "unknown"),
    ],
)  # fmt: skip
def test_presence_of_a_sign(element, presence):
    assert only(sealed(magnesium(valueQuantity=None, **element)))["presence"] == presence


def interpretations(*codes):
    return [{"coding": [{"system": "http://x", "code": code}]} for code in codes]


@pytest.mark.parametrize(
    ("said", "flag"),
    [(("L",), "L"), (("LL",), "LL"), (("D", "L"), "L"), (("L", "H"), ""), (("D",), "D"), ((), "")],
)
def test_interpretations(said, flag):
    assert only(sealed(magnesium(interpretation=interpretations(*said))))["flag"] == flag


LOW, HIGH = quantity(1.6), quantity(2.6)
CHILD = {"low": quantity(0, "a"), "high": quantity(17, "a")}
FEMALE = [concept("Female")]
ADULT = {"low": quantity(18, "a")}
OWN = (1.6, 2.6, "mg/dL")
NONE = (None, None, "")


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([{"low": LOW, "high": HIGH}], OWN),
        ([{"low": LOW}], (1.6, None, "mg/dL")),
        ([{"text": "1.6-2.6 mg/dL"}], OWN),
        ([{"text": "1.6-2.6"}], (1.6, 2.6, "")),
        ([{"text": "see report"}], NONE),
        ([{"low": LOW, "high": quantity(1.1, "mmol/L")}], NONE),
        ([{"low": LOW, "high": HIGH, "type": concept("r", "http://x", "therapeutic")}], NONE),
        ([{"low": LOW, "high": HIGH, "type": concept("n", "http://x", "normal")}], OWN),
        ([{"low": LOW, "high": HIGH}, {"low": quantity(2), "type": concept("t", "http://x", "treatment")}], OWN),
        ([{"low": LOW, "high": HIGH}, {"low": quantity(1.7), "high": HIGH}], NONE),
        ([{"low": LOW, "high": HIGH, "appliesTo": FEMALE}, {"low": HIGH, "appliesTo": [concept("M")]}], OWN),
        ([{"low": LOW, "high": HIGH, "age": ADULT}, {"low": HIGH, "age": CHILD}], OWN),
        ([{"low": LOW, "high": HIGH}, {"low": HIGH, "appliesTo": [concept("pregnant")]}], OWN),
        ([{"low": quantity(2), "age": {"low": quantity(0, "parsec")}}, {"low": LOW, "high": HIGH}], OWN),
        ([], NONE),
    ],
)  # fmt: skip
def test_the_reference_range_that_is_this_patients(ranges, expected):
    fact = only(sealed(magnesium(referenceRange=ranges)))
    assert (fact["ref_low"], fact["ref_high"], fact["ref_unit"]) == expected
    assert fact["value"] == 1.3


def test_an_age_range_is_not_chosen_where_the_birth_is_unknown():
    born = patient()
    del born["birthDate"]
    ranges = [{"low": LOW, "high": HIGH, "age": ADULT}, {"low": HIGH, "age": CHILD}]
    document = {"resourceType": "Bundle", "entry": [{"resource": born}, {"resource": magnesium(referenceRange=ranges)}]}
    assert only(seal(fhir.lift(document)))["ref_low"] is None


def test_components_are_rows_and_the_head_of_a_panel_is_none():
    parts = [
        {"code": concept("systolic"), "valueQuantity": quantity(105, "mm[Hg]")},
        {"code": concept("diastolic"), "valueQuantity": quantity(63, "mm[Hg]")},
    ]
    record = sealed(magnesium(valueQuantity=None, component=parts))
    assert [(f["text"], f["value"], f["status"]) for f in record.tables["observations"]] == [
        ("diastolic", 63.0, "final"),
        ("systolic", 105.0, "final"),
    ]
    assert not sealed(magnesium(valueQuantity=None, hasMember=[{"reference": "Observation/x"}])).tables["observations"]
    assert len(sealed(magnesium(component=parts)).tables["observations"]) == 3


# Times


@pytest.mark.parametrize(
    ("element", "start", "precision", "until"),
    [
        ({"effectiveDateTime": "2001-01-01"}, 978350400, "day", None),
        ({"effectiveDateTime": "2001"}, 978307200 + 365 * 43200, "year", None),
        ({"effectiveInstant": "2001-01-01T12:00:00.000Z"}, 978350400, "second", None),
        ({"effectivePeriod": {"start": "2001-01-01", "end": "2001-01-02"}}, 978350400, "day", 978479999),
        ({"effectivePeriod": {"start": "2001-01-02", "end": "2001-01-01"}}, 978436800, "day", None),
        ({"effectivePeriod": {"end": "2001-01-01"}}, None, "", 978393599),
        ({"effectiveTiming": {"event": ["2001-01-02", "2001-01-01"]}}, 978350400, "day", 978479999),
        ({"effectiveTiming": {"repeat": {"boundsPeriod": {"start": "2001-01-01"}}}}, 978350400, "day", None),
        ({"effectiveDateTime": "2001-01-01T10:00:00"}, 978350400, "day", None),  # no zone: its day
        ({"effectiveDateTime": "yesterday"}, None, "", None),
        ({}, None, "", None),
    ],
)
def test_when_a_result_is_of(element, start, precision, until):
    fact = only(sealed(magnesium(effectiveDateTime=None) | element))
    assert (fact["start"], fact["start_precision"], fact["until"]) == (start, precision, until)


def test_what_of_a_time_was_not_used_is_said():
    assert sealed(magnesium(effectiveDateTime="2001-01-01T10:00:00")).rejects[0].source_ref == (
        "Observation/mg effectiveDateTime"
    )
    assert "no date" not in sealed(magnesium(effectiveDateTime="2001")).rejects


@pytest.mark.parametrize(
    ("element", "start", "precision"),
    [
        ({"onsetDateTime": "2019"}, 1562068800, "year"),
        ({"onsetString": "2019"}, 1562068800, "year"),
        ({"onsetString": "since childhood"}, None, ""),
        ({"onsetAge": quantity(1e30, "a")}, None, ""),  # no engine holds so many seconds
        ({"onsetAge": quantity(60, "a")}, -625752000 + int(60.5 * 365.25 * 86400), "year"),
        ({"onsetRange": {"low": quantity(60, "a")}}, None, ""),
        ({"onsetPeriod": {"start": "2019"}}, 1562068800, "year"),
    ],
)
def test_onset(element, start, precision):
    """Recorded on 1 January 2020: known from the first moment of that day, so that nothing of a day is missed on it."""
    fact = only(sealed(problem(recordedDate="2020-01-01", **element)), "conditions")
    assert (fact["start"], fact["start_precision"], fact["known_at"]) == (start, precision, 1577836800)
