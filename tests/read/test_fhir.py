"""FHIR R4: who a resource is about, what references mean, and how each element is lifted."""

from __future__ import annotations

import gzip
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
    everything,
    magnesium,
    patient,
    problem,
    quantity,
)

from hypomag.read import fhir, read
from hypomag.record import TABLES, Record, Refused, seal


def sealed(*resources: dict, **more: object) -> Record:
    return seal(fhir.lift(bundle(*resources, **more)))


def only(record: Record, table: str = "observations") -> dict:
    (fact,) = record.tables[table]
    return fact


def entries(*pairs: tuple[str, dict]) -> dict:
    return {"resourceType": "Bundle", "entry": [{"fullUrl": url, "resource": one} for url, one in pairs]}


# Whose


@pytest.mark.parametrize(
    "reference",
    [
        "Patient/a",
        "Patient/a/_history/3",
        "urn:uuid:11",
        "http://h/fhir/Patient/a",
        "http://h/fhir/Patient/a/_history/1",
    ],
)
def test_references_that_mean_the_patient(reference):
    for url in ("urn:uuid:11", "http://h/fhir/Patient/a"):
        if reference.startswith(("urn", "http")) and reference.split("/_history")[0] != url:
            continue
        document = entries((url, patient()), ("urn:uuid:22", magnesium(subject={"reference": reference})))
        assert only(seal(fhir.lift(document)))["value"] == 1.3


@pytest.mark.parametrize(
    "reference",
    ["Patient/b", "urn:uuid:99", "http://other/fhir/Patient/a", "Group/a", "#a", "Patient/A", "a", "Patient/a/x"],
)
def test_references_that_mean_somebody_else(reference):
    document = entries(
        ("http://h/fhir/Patient/a", patient()),
        ("http://h/fhir/Observation/mg", magnesium(subject={"reference": reference})),
    )
    record = seal(fhir.lift(document))
    assert not record.tables["observations"]
    assert [r.reason for r in record.rejects] == ["about another patient"]


def test_a_relative_reference_holds_on_its_own_server_only():
    document = entries(("http://h/fhir/Patient/a", patient()), ("http://other/fhir/Observation/mg", magnesium()))
    assert [r.reason for r in fhir.lift(document).rejects] == ["about another patient"]


@pytest.mark.parametrize("subject", [None, {}, {"display": "Mrs A"}, {"identifier": {"value": "1"}}, {"reference": ""}])
def test_no_subject_is_rejected_with_its_reason(subject):
    record = sealed(magnesium(subject=subject), problem())
    assert [r.reason for r in record.rejects] == ["no subject: it does not say by a reference whom it is about"]
    assert len(record.tables["conditions"]) == 1


def test_two_patients_are_refused_unless_one_is_asked_for():
    document = bundle(patient(id="b"), magnesium(), magnesium(id="x", subject={"reference": "Patient/b"}))
    with pytest.raises(Refused, match="holds 2 patients"):
        fhir.lift(document)
    for one in ("a", "Patient/a", "b"):
        record = seal(fhir.lift(document, patient=one))
        assert [p["id"] for p in record.tables["patients"]] == [one[-1]]
        assert len(record.tables["observations"]) == 1
        assert [r.reason for r in record.rejects] == ["about another patient"] * 2
    with pytest.raises(Refused, match="no patient with the id"):
        fhir.lift(document, patient="c")


def test_the_same_id_on_two_servers_is_two_patients():
    document = entries(("http://h/fhir/Patient/a", patient()), ("http://other/fhir/Patient/a", patient()))
    with pytest.raises(Refused, match="holds 2 patients"):
        fhir.lift(document)


def test_the_patient_may_be_known_by_references_only():
    assert only(seal(fhir.lift(magnesium())), "patients")["id"] == "a"
    assert only(seal(fhir.lift([magnesium(), drug()])), "patients")["id"] == "a"
    with pytest.raises(Refused, match="holds 2 patients"):
        fhir.lift([magnesium(), magnesium(id="x", subject={"reference": "Patient/b"})])
    with pytest.raises(Refused, match="holds no patient"):
        fhir.lift([{"resourceType": "Immunization", "id": "i", "patient": {}}])


def test_two_descriptions_that_disagree_leave_the_difference_unknown():
    record = seal(fhir.lift([patient(), patient(gender="male")]))
    row = only(record, "patients")
    assert (row["sex"], row["birth_precision"]) == ("", "day")
    assert [r.source_ref for r in record.rejects] == ["Patient/a sex"]


# Which resources


@pytest.mark.parametrize("kind", ["collection", "searchset", "transaction", "history", "document", "batch", "message"])
def test_a_bundle_of_any_type(kind):
    assert only(sealed(magnesium(), type=kind))["value"] == 1.3


def test_a_bundle_in_a_bundle_and_a_list():
    inner = bundle(magnesium())
    assert only(seal(fhir.lift({"resourceType": "Bundle", "entry": [{"resource": inner}]})))["value"] == 1.3
    assert only(seal(fhir.lift([inner])))["value"] == 1.3
    assert only(seal(fhir.lift([patient(), magnesium()])))["value"] == 1.3


def test_everything_that_came_in_is_lifted_ignored_or_rejected():
    document = bundle(
        magnesium(), magnesium(id="y", status="nope"), 5, {"no": "type"}, {"resourceType": 7}, {"resourceType": "Goal"}
    )
    document["entry"] += [{}, "x", {"request": {"method": "DELETE", "url": "Patient/a"}}]
    record = seal(fhir.lift(document))
    assert (record.received, record.lifted) == (10, 2)
    assert record.ignored == {"Goal": 1, "entry without a resource": 2}
    assert len(record.rejects) == 5


def version(value: float, updated: str | None = None, number: str | None = None) -> dict:
    meta = {"lastUpdated": updated, "versionId": number}
    return magnesium(valueQuantity=quantity(value), meta={k: v for k, v in meta.items() if v})


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (version(1.3, "2024-05-29T10:00:00Z"), version(1.9, "2024-05-29T10:00:01Z")),
        (version(1.3, "2024-05-29T10:00:00+05:00"), version(1.9, "2024-05-29T06:00:00Z")),  # 05:00Z is earlier
        (version(1.3, number="9"), version(1.9, number="10")),
    ],
)
def test_of_several_versions_the_last_is_lifted_in_any_order(older, newer):
    for order in ([older, newer], [newer, older]):
        record = sealed(*order)
        assert only(record)["value"] == 1.9
        assert record.ignored == {"older version of a resource": 1}


def test_versions_that_do_not_say_which_is_later_all_stay():
    record = sealed(version(1.3), version(1.9))
    assert sorted(f["value"] for f in record.tables["observations"]) == [1.3, 1.9]


def test_what_a_history_deleted_is_left_out():
    document = bundle(magnesium(), problem(), type="history")
    document["entry"].append({"request": {"method": "DELETE", "url": "Observation/mg"}})
    record = seal(fhir.lift(document))
    assert not record.tables["observations"] and len(record.tables["conditions"]) == 1
    assert record.ignored == {"entry without a resource": 1, "deleted in this history": 1}


# NDJSON


@pytest.fixture
def folder(tmp_path):
    lines = {
        "Patient": [patient(), patient(id="b")],
        "Observation": [magnesium(), magnesium(id="x", subject={"reference": "Patient/b"}), '{"cut', magnesium(id="z")],
        "MedicationRequest": [drug(medicationCodeableConcept=None, medicationReference={"reference": "Medication/m"})],
        "Medication": [{"resourceType": "Medication", "id": "m", "code": concept("omeprazole")}],
    }
    for kind, resources in lines.items():
        text = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in resources)
        (tmp_path / f"{kind}.ndjson.gz").write_bytes(gzip.compress(text.encode()))
    return tmp_path


def test_one_patient_of_a_folder(folder):
    record = read(folder, patient="a")
    assert [p["id"] for p in record.tables["patients"]] == ["a"]
    assert [d["text"] for d in record.tables["medications"]] == ["omeprazole"]
    assert len(record.tables["observations"]) == 1 and record.duplicates == 1
    assert record.received == 8 == record.lifted + sum(record.ignored.values())
    assert record.ignored["another patient"] == 3  # a line that does not name the patient is not parsed
    assert only(record)["line"] == 1 and only(record)["file"].endswith("Observation.ndjson.gz")


def test_everybody_of_a_folder(folder):
    record = read(folder)
    assert [p["id"] for p in record.tables["patients"]] == ["a", "b"]
    assert [f["patient"] for f in record.tables["observations"]] == [1, 2]
    assert [(r.line, r.source_ref) for r in record.rejects] == [(3, "line")]
    assert record.received == 8 == record.lifted + sum(record.ignored.values()) + 1


def test_one_file_of_lines(folder, tmp_path):
    file = folder / "Observation.ndjson"
    file.write_bytes(gzip.decompress((folder / "Observation.ndjson.gz").read_bytes()))
    assert len(read(file, patient="b").tables["observations"]) == 1
    with pytest.raises(Refused, match="no patient with the id"):
        read(file, patient="c")
    (tmp_path / "none").mkdir()
    with pytest.raises(Refused, match=r"no \.ndjson"):
        read(tmp_path / "none")
    with pytest.raises(Refused, match="not as case"):
        read(file, format="case")


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
        ({"valueString": "<0.5 mg/dL"}, ("<0.5 mg/dL", 0.5, "<", "mg/dL")),
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
        ({"onsetAge": quantity(60, "a")}, -625752000 + int(60.5 * 365.25 * 86400), "year"),
        ({"onsetRange": {"low": quantity(60, "a")}}, None, ""),
        ({"onsetPeriod": {"start": "2019"}}, 1562068800, "year"),
    ],
)
def test_onset(element, start, precision):
    fact = only(sealed(problem(recordedDate="2020-01-01", **element)), "conditions")
    assert (fact["start"], fact["start_precision"], fact["known_at"]) == (start, precision, 1577880000)


# Drugs


def dosed(*instructions, **more):
    return only(sealed(drug(dosageInstruction=list(instructions), **more)), "medications")


TWO_DAYS = {"start": "2001-01-01", "end": "2001-01-02"}
REPEAT = {"frequency": 2, "period": 1, "periodUnit": "d"}


@pytest.mark.parametrize(
    ("timing", "a_day"),
    [
        ({"repeat": REPEAT}, 2),
        ({"repeat": REPEAT | {"period": 8, "periodUnit": "h", "frequency": 1}}, 3),
        ({"repeat": REPEAT | {"period": 1, "periodUnit": "wk"}}, 2 / 7),
        ({"repeat": REPEAT | {"frequencyMax": 3}}, None),
        ({"repeat": {"period": 1, "periodUnit": "d"}}, 1),
        ({"code": {"coding": [{"code": "TID"}]}}, 3),
        ({"code": {"text": "QOD"}}, 0.5),
        ({"code": {"text": "when it rains"}}, None),
        ({"event": ["2024"]}, None),
    ],
)
def test_doses_a_day(timing, a_day):
    assert dosed({"timing": timing})["frequency"] == (None if a_day is None else pytest.approx(a_day))


def test_a_dose_as_it_is_written():
    one = {
        "text": "2 g over 2 h",
        "route": concept("IV"),
        "timing": {"repeat": REPEAT | {"boundsDuration": quantity(3, "d")}},
        "doseAndRate": [{"doseQuantity": quantity(2, "g"), "rateQuantity": quantity(1, "g/h")}],
    }
    fact = dosed(one)
    columns = ("dose", "dose_unit", "rate", "rate_unit", "route", "frequency", "duration_text", "dose_text")
    assert [fact[c] for c in columns] == [2.0, "g", 1.0, "g/h", "IV", 2.0, "3 d", "2 g over 2 h"]
    assert dosed(one | {"asNeededBoolean": True})["frequency"] is None
    two = dosed(one, one | {"text": "then 1 g"})
    assert [two[c] for c in columns] == [None, "", None, "", "IV", None, "", "2 g over 2 h; then 1 g"]


@pytest.mark.parametrize(
    ("below", "unit"), [(quantity(1, "h"), "mL/h"), (quantity(8, "h"), "mL/8 h"), (quantity(0, "h"), "")]
)
def test_a_rate_as_a_ratio_is_not_reckoned(below, unit):
    ratio = {"rateRatio": {"numerator": quantity(100, "mL"), "denominator": below}}
    fact = dosed({"doseAndRate": [ratio]})
    assert (fact["rate"], fact["rate_unit"]) == (100.0 if unit else None, unit)


def test_a_range_of_doses_is_no_dose():
    assert dosed({"text": "1 to 2 g", "doseAndRate": [{"doseRange": {}}]})["dose"] is None


@pytest.mark.parametrize(
    ("more", "start", "until"),
    [
        ({"authoredOn": "2001-01-01"}, 978350400, None),
        ({"authoredOn": "2002", "dispenseRequest": {"validityPeriod": TWO_DAYS}}, 978350400, None),
        ({"dosageInstruction": [{"timing": {"repeat": {"boundsPeriod": TWO_DAYS}}}]}, 978350400, 978479999),
        ({}, None, None),
    ],
)  # fmt: skip
def test_when_a_prescription_runs(more, start, until):
    fact = only(sealed(drug(**more)), "medications")
    assert (fact["start"], fact["until"]) == (start, until)


def by_reference(reference, **more):
    return drug(medicationCodeableConcept=None, medicationReference={"reference": reference} | more)


def test_a_medication_by_reference_contained_in_the_bundle_or_only_named():
    found = {"resourceType": "Medication", "id": "m", "code": concept("omeprazole", RXNORM, "7646")}
    for reference in ("Medication/m", "http://h/fhir/Medication/m", "urn:uuid:33"):
        document = entries(("urn:uuid:1", patient()), ("urn:uuid:33", found), ("urn:uuid:2", by_reference(reference)))
        assert only(seal(fhir.lift(document)), "medications")["code"] == "7646"
    inside = by_reference("#m") | {"contained": [found]}
    assert only(sealed(inside), "medications")["code"] == "7646"
    named = only(sealed(by_reference("Medication/gone", display="omeprazole 20 mg")), "medications")
    assert (named["text"], named["code"]) == ("omeprazole 20 mg", "")
    lost = sealed(by_reference("Medication/gone"))
    assert not lost.tables["medications"] and "not in the input" in lost.rejects[0].reason
    elsewhere = entries(
        ("http://h/fhir/Patient/a", patient()), ("http://h/fhir/Medication/m", found),
        ("http://h/fhir/MedicationRequest/x", by_reference("http://other/fhir/Medication/m")),
    )  # fmt: skip
    assert not fhir.lift(elsewhere).tables["medications"]


def test_the_ingredients_of_a_medication_are_its_further_codes():
    parts = [
        {"itemCodeableConcept": concept("magnesium oxide", RXNORM, "6582")},
        {"itemCodeableConcept": concept("zinc")},
    ]
    found = {"resourceType": "Medication", "id": "m", "ingredient": parts}
    record = sealed(by_reference("#m") | {"contained": [found]})
    assert only(record, "medications")["text"] == "magnesium oxide / zinc"
    assert [(c["system"], c["code"]) for c in record.tables["codings"]] == [("rxnorm", "6582")]


@pytest.mark.parametrize(
    ("kind", "expected", "when"),
    [
        ("MedicationStatement", "reported", {"effectiveDateTime": "2001-01-01"}),
        ("MedicationAdministration", "given", {"effectivePeriod": {"start": "2001-01-01"}}),
        ("MedicationDispense", "dispensed", {"whenHandedOver": "2001-01-01"}),
        ("MedicationDispense", "dispensed", {"whenPrepared": "2001-01-01"}),
    ],
)
def test_kinds_of_medication(kind, expected, when):
    fact = only(sealed(drug(kind, **when)), "medications")
    assert (fact["kind"], fact["start"]) == (expected, 978350400)


def test_no_medication_or_two_is_rejected():
    assert sealed(drug(medicationCodeableConcept=None)).lifted == 1
    assert sealed(drug(medicationReference={"display": "zinc"})).lifted == 1


# Orders, places


@pytest.mark.parametrize("reference", ["ServiceRequest/o", "urn:uuid:44", "http://h/fhir/ServiceRequest/o/_history/2"])
def test_a_result_names_the_order_it_answers(reference):
    order = {
        "resourceType": "ServiceRequest", "id": "o", "status": "active", "intent": "order",
        "code": concept("magnesium"), "subject": {"reference": "Patient/a"}, "authoredOn": "2001-01-01",
    }  # fmt: skip
    url = reference.split("/_history")[0] if ":" in reference else "urn:uuid:44"
    document = entries(
        ("urn:uuid:1", patient()), (url, order), ("urn:uuid:2", magnesium(basedOn=[{"reference": reference}]))
    )
    record = seal(fhir.lift(document))
    assert only(record)["order_ref"] == only(record, "orders")["source_ref"] == "ServiceRequest/o"
    assert only(record, "orders")["start"] == 978350400


def test_an_encounter_has_a_class_a_period_and_a_ward():
    places = [
        {"location": {"display": "Emergency"}, "status": "completed"},
        {"location": {"reference": "Location/icu"}},
    ]
    record = sealed(
        {"resourceType": "Encounter", "id": "e", "status": "in-progress", "class": {"code": "IMP"},
         "subject": {"reference": "Patient/a"}, "period": {"start": "2001-01-01"}, "location": places},
        {"resourceType": "Location", "id": "icu", "name": "Intensive care"},
    )  # fmt: skip
    fact = only(record, "encounters")
    assert (fact["class"], fact["ward"], fact["start"]) == ("IMP", "Intensive care", 978350400)


def test_a_symptom_may_be_named_by_its_category():
    assert only(sealed(problem(category=[concept("Symptom")])), "conditions")["kind"] == "symptom"
    assert only(sealed(problem(category=[concept("problem-list-item")])), "conditions")["kind"] == "condition"


# Wrong types


@pytest.mark.parametrize(
    ("path", "wrong", "reason"),
    [
        ("valueQuantity.value", "2.1", "entry[1].resource.valueQuantity.value must be a number"),
        ("valueQuantity.value", True, "entry[1].resource.valueQuantity.value must be a number"),
        ("valueQuantity.value", 10**400, "entry[1].resource.valueQuantity.value must be a number"),
        ("valueQuantity.unit", 5, "entry[1].resource.valueQuantity.unit must be text"),
        ("valueQuantity", "1.3", "entry[1].resource.valueQuantity must be an object"),
        ("code.coding", {"code": "x"}, "entry[1].resource.code.coding must be a list"),
        ("code.coding", [None], "entry[1].resource.code.coding[0] must not be null"),
        ("effectiveDateTime", 2024, "entry[1].resource.effectiveDateTime must be text"),
        ("status", ["final"], "entry[1].resource.status must be text"),
        ("referenceRange", [{"low": 1.6}], "entry[1].resource.referenceRange[0].low must be an object"),
    ],
)
def test_a_wrong_type_is_rejected_by_its_path_and_the_rest_is_read(path, wrong, reason):
    resource = magnesium()
    *steps, last = path.split(".")
    place = resource
    for step in steps:
        place = place[step]
    place[last] = wrong
    record = sealed(resource, problem())
    assert [r.reason for r in record.rejects] == [reason]
    assert not record.tables["observations"] and len(record.tables["conditions"]) == 1


def test_what_a_rejected_resource_had_added_is_taken_back():
    parts = [{"code": concept("one"), "valueInteger": 1}, {"code": concept("two"), "valueInteger": "2"}]
    broken = magnesium(component=parts)
    record = sealed(magnesium(), broken)  # of the same name: what the first gave stays
    assert [f["text"] for f in record.tables["observations"]] == ["Magnesium"] and record.lifted == 2


def test_a_bundle_with_everything():
    record = seal(fhir.lift(everything()))
    assert not record.rejects
    for name, facts in record.tables.items():
        assert all(list(fact) == list(TABLES[name]) for fact in facts)  # the engines take the values in this order
    assert record.received == record.lifted + sum(record.ignored.values())
    assert {name: len(facts) for name, facts in record.tables.items()} == {
        "patients": 1, "observations": 10, "medications": 4, "conditions": 2, "procedures": 1, "orders": 1,
        "encounters": 1, "allergies": 1, "codings": 1,
    }  # fmt: skip
