"""FHIR R4: who a resource is about, which resources count, and what has the wrong type."""

from __future__ import annotations

import gzip
import json

import pytest
from tests.read.people import (
    bundle,
    concept,
    drug,
    entries,
    everything,
    magnesium,
    only,
    patient,
    problem,
    quantity,
    sealed,
)

from hypomag.assess import assess
from hypomag.read import fhir, read
from hypomag.record import TABLES, Refused, seal

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
    assert len(record.tables["conditions"]) == 1
    # it may be the newest of its test, so it stands without a value: its code or its words say of which test
    stands = [(f["status"], f["value"], f["value_text"], f["note"]) for f in record.tables["observations"]]
    assert stands == [("unknown", None, "", reason.split("resource.")[1])]


def test_a_code_whose_system_is_no_text_is_no_local_code():
    resource = magnesium()
    resource["code"]["coding"][0]["system"] = True
    record = sealed(resource, problem())
    assert [r.reason for r in record.rejects] == ["the system of a coding must be text"]
    assert [(f["status"], f["value"]) for f in record.tables["observations"]] == [("unknown", None)]


def test_a_rejected_result_is_never_replaced_by_an_older_one():
    for wrong in ({"status": None}, {"valueQuantity": {"value": "1.1", "unit": "mg/dL"}}, {"implicitRules": "x"}):
        spoilt = {k: v for k, v in (magnesium() | {"id": "new"} | wrong).items() if v is not None}
        older = magnesium(effectiveDateTime="2020-01-01") | {"id": "old"}
        level = assess(sealed(spoilt, older))["level"]
        assert (
            level["status"] == "cannot_tell"
            and level["unreadable"][0]["evidence"][0]["source_ref"] == "Observation/new"
        )


def test_what_a_rejected_resource_had_added_is_taken_back():
    parts = [{"code": concept("one"), "valueInteger": 1}, {"code": concept("two"), "valueInteger": "2"}]
    broken = magnesium(component=parts)
    record = sealed(magnesium(), broken)  # of the same name: what the first gave stays
    assert [(f["text"], f["status"]) for f in record.tables["observations"]] == [
        ("Magnesium", "final"),
        ("Magnesium", "unknown"),
    ]
    assert record.lifted == 2


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


def test_what_is_dated_today_is_known_this_morning():
    today = problem(onsetDateTime="2024-05-29", recordedDate="2024-05-29", code=concept("dialysis"))
    drug_today = drug("MedicationStatement", effectiveDateTime="2024-05-29", dateAsserted="2024-05")
    answer = assess(sealed(magnesium(), today, drug_today), as_of=1716966000)  # 2024-05-29T07:00:00Z
    assert {g["guard"]: g["state"] for g in answer["treatment"]["guards"]}["dialysis"] == "blocks"
