"""Lines lifted by their wording become the very rows that the reader of one patient makes; others are left to it."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.many import many

from hypomag.engine.duckdb import Ward
from hypomag.read import alike, bulk, pattern, read, sealing, times
from hypomag.read.fhir.bundle import lift_pieces
from hypomag.read.fhir.reading import piece
from hypomag.read.staged import STAGED, Stage
from hypomag.record import TABLES, Record

np = pytest.importorskip("numpy")
pytestmark = pytest.mark.skipif(not alike.FAST, reason="without numba every line is left to the reader of one patient")

UCUM = "http://unitsofmeasure.org"
PLAIN = (
    '{"resourceType": "Observation", "id": "ID", "status": "final", "code": {"coding": [{"system": "http://loinc.org", '
    '"code": "19123-9", "display": "Magnesium"}], "text": "Mg"}, "subject": {"reference": "Patient/a"}, '
    '"effectiveDateTime": "2024-05-29T19:52:25+02:00", "valueQuantity": {"value": 1.10, "unit": "mg/dL", '
    f'"system": "{UCUM}", "code": "mg/dL"}}}}'
)
RANGE = '"referenceRange": [{"low": {"value": 1.7, "unit": "mg/dL"}, "high": {"value": 2.40, "unit": "mg/dL"}}]'
# what is put for what in the plain line, and whether the result is lifted by its wording
CHANGED = [
    ("", "", True),
    ("1.10", "-0.5", True), ("1.10", "2", True), ("1.10", "1e2", False), ("1.10", "-0", False),
    ("1.10", '"1.1"', False),
    ("1.10", "null", True), ("1.10", "12345678901234567890", True), ("1.10", "0.1", True), ("1.10", "true", False),
    ('"final"', '"amended"', True), ('"final"', '"nope"', False), ('"final"', "5", False),
    ('"final", ', '"final", "status": "final", ', False),
    ("19:52:25+02:00", "00:00:00Z", True), ("19:52:25+02:00", "19:52:25", False), ("T19:52:25+02:00", "", True),
    ("19:52:25+02:00", "19:52:25.5Z", True), ("2024-05-29", "2024-02-31", False),
    ("19:52:25+02:00", "23:59:60Z", True),
    (', "text": "Mg"', "", True), ('"text": "Mg"', '"text": ""', True), ('"text": "Mg"', '"text": {"x": 1}', False),
    ('"text": "Mg"', '"text": "a \\"Mg\\" \\\\ test"', False), ('"text": "Mg"', '"text": "M\\u0067"', False),
    ("http://loinc.org", "http://lab", True), ("http://loinc.org", "urn:oid:2.16.840.1.113883.6.1", True),
    ('"code": "19123-9", ', "", True), ('"display": "Magnesium"}', '"display": "Magnesium"}, {"code": "MG"}', True),
    (f'"system": "{UCUM}", ', "", True), ('"unit": "mg/dL", ', "", True), (', "code": "mg/dL"', "", True),
    ('"unit": "mg/dL"', '"unit": ""', True), ('"unit": "mg/dL"', '"unit": 5', False),
    ('"value": 1.10', '"comparator": "<", "value": 1.10', False),
    ('"value": 1.10', '"value": 1.10, "value": 1.10', False),
    ('"value": 1.10', '"extension": [{"url": "x"}], "value": 1.10', True),
    ("Patient/a", "Patient/a/_history/2", False), ("Patient/a", "http://h/fhir/Patient/a", False),
    ('"final", ', '"final", "issued": "2024-05-30T01:00:00Z", ', True),
    ('"final", ', '"final", "issued": "2024-05-30", ', True),
    ('"final", ', '"final", "modifierExtension": [{"url": "x"}], ', False),
    ('"final", ', '"final", "note": [{"text": "x"}], ', True),
    ('"final", ', '"final", "specimen": {"display": "Urine"}, ', True),
    ('"final", ', '"final", "specimen": {"reference": "Specimen/s"}, ', True),
    ('"final", ', '"final", "specimen": {"reference": "Specimen/t", "display": "Urine"}, ', True),
    ('"final", ', '"final", "specimen": {"reference": "#s"}, ', False),
    ('"final", ', '"final", "hasMember": [], ', True),
    ('"final", ', '"final", "component": [{"code": {"text": "K"}, "valueQuantity": {"value": 4.10, "unit": "mmol/L"}}], ', True),
    ('"valueQuantity": {', '"component": [{"code": {"text": "K"}, "valueQuantity": {"value": 4.1}}, {"code": {"text": "Na"}, '
     '"valueQuantity": {"value": 140.0, "unit": "mmol/L"}}], "x": {', True),
    ('"final", ', '"final", ' + RANGE.replace('"low"', '"appliesTo": [{"text": "female"}], "low"') + ', ', True),
    ('"final", ', '"final", ' + RANGE.replace("}}]", '}}, {"appliesTo": [{"text": "female"}], "text": "1-2"}]') + ', ', False),
    ('"final", ', '"final", "dataAbsentReason": {"text": "x"}, ', False),
    ('"final", ', '"final", "meta": {"versionId": "2"}, ', True),
    ('"final", ', '"final", "basedOn": [{"reference": "ServiceRequest/o"}], ', True),
    ('"final", ', '"final", "basedOn": [{"reference": "#o"}], ', False), ('"final", ', f'"final", {RANGE}, ', True),
    ('"final", ', '"final", "interpretation": [{"coding": [{"code": "L"}]}], ', True),
    ('"final", ', '"final", "interpretation": [{"text": "low"}], ', True),
    ('"final", ', f'"final", {RANGE.replace("1.7", chr(34) + "1.7" + chr(34))}, ', False),
    ('"final", ', '"final", ' + RANGE.replace('"low"', '"text": "x", "low"') + ', ', True),
    ('"final", ', '"final", "referenceRange": [{"low": {"value": 1.7, "unit": "mg/dL"}}], ', True),
    ("\"final\", ", '"final", "referenceRange": [{"low": {"value": 1.7, "unit": "a"}, '
     '"high": {"value": 2, "unit": "b"}}], ', False),
    ('"final", ', '"final", "referenceRange": [{"text": "1.7-2.4 mg/dL"}], ', True),
]  # fmt: skip


RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
OTHERS = {  # of every other kind one line with most of what it may say, and what is put for what in it
    "Condition": ({
        "clinicalStatus": {"coding": [{"code": "active"}]}, "verificationStatus": {"coding": [{"code": "confirmed"}]},
        "category": [{"text": "symptom"}], "onsetDateTime": "2024-05-01T08:00:00Z", "recordedDate": "2024-05-02T08:00:00Z",
        "abatementDateTime": "2024-05-09T08:00:00Z", "evidence": [{"code": [{"text": "seen"}]}],
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E83.42"},
                            {"system": "http://snomed.info/sct", "code": "190855004"}]},
    }, [("active", "resolved"), ("confirmed", "refuted"), ("confirmed", "nope"), ("2024-05-09", "2024-04-09"),
        ("2024-05-09T08:00:00Z", "2024-05-09"), ('"abatementDateTime": "2024-05-09T08:00:00Z"', '"abatementAge": {"value": 5}'),
        ('"onsetDateTime": "2024-05-01T08:00:00Z"', '"onsetAge": {"value": 50, "unit": "a"}'), ("T08:00:00Z", "T08:00:00"),
        ('"code": "190855004"', '"code": 5'), ('"coding": [{"code": "active"}]', '"text": "active"')]),
    "Encounter": ({
        "status": "finished", "class": {"code": "IMP"}, "type": [{"text": "stay"}], "length": {"value": 5, "unit": "d"},
        "period": {"start": "2024-05-01T08:00:00Z", "end": "2024-05-09T08:00:00Z"},
        "location": [{"location": {"reference": "Location/w", "display": "Ward 5"}, "status": "completed"}],
    }, [("2024-05-09T", "2024-04-09T"), ("2024-05-09T", "2024-05-01T"), ('"display": "Ward 5"', '"type": "Location"'),
        ('"Ward 5"', '""'), ("completed", "active"), ("finished", "nope"), ('{"code": "IMP"}', '{"display": "inpatient"}'),
        (', "end": "2024-05-09T08:00:00Z"', "")]),
    "Procedure": ({
        "status": "completed", "code": {"text": "Dialysis"}, "category": {"text": "c"}, "bodySite": [{"text": "arm"}],
        "performedPeriod": {"start": "2024-05-01T08:00:00.5Z", "end": "2024-05-01T12:00:00Z"},
    }, [("completed", "not-done"), ("T12:", "T07:"), ("T12:", "T08:"), ('"text": "Dialysis"', '"text": null'),
        ('"code": {"text": "Dialysis"}, ', "")]),
    "ServiceRequest": ({
        "status": "active", "intent": "order", "code": {"text": "Magnesium"}, "authoredOn": "2024-05-01T08:00:00Z",
        "occurrenceDateTime": "2024-05-02T08:00:00Z", "doNotPerform": False, "priority": "routine",
    }, [("order", "proposal"), ("false", "true"), ("2024-05-01T08:00:00Z", "2024-05-01"), ("2024-05-02", "2024-05-01"),
        ("false", '"no"')]),
    "MedicationRequest": ({
        "status": "active", "intent": "order", "authoredOn": "2024-05-01T08:00:00Z", "dosageInstruction": [{
            "text": "20 mg", "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
            "doseAndRate": [{"doseQuantity": {"value": 20.0, "unit": "mg"}}], "route": {"text": "PO"}}],
        "medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": "7646"}], "text": "Omeprazole"},
        "dispenseRequest": {"validityPeriod": {"start": "2024-05-03T08:00:00Z", "end": "2024-06-03T08:00:00Z"},
                            "expectedSupplyDuration": {"value": 30, "unit": "d"}},
    }, [('"order"', '"plan"'), ("20.0", '"20"'), ("20.0", "20.50"), ('"period": 1', '"period": 0'),
        ('"start": "2024-05-03T08:00:00Z", ', ""), ('"dispenseRequest"', '"doNotPerform": true, "dispenseRequest"'),
        ('"medicationCodeableConcept": {', '"medicationReference": {"reference": "Medication/m"}, "x": {')]),
    "MedicationStatement": ({
        "status": "active", "effectivePeriod": {"start": "2024-05-01T08:00:00Z"}, "dateAsserted": "2024-05-02T08:00:00Z",
        "medicationCodeableConcept": {"text": "Omeprazole"}, "dosage": [{"text": "20 mg daily"}],
    }, [("active", "not-taken"), ("20 mg daily", "")]),
    "MedicationAdministration": ({
        "status": "completed", "effectiveDateTime": "2024-05-01T08:00:00Z", "context": {"reference": "Encounter/e"},
        "medicationCodeableConcept": {"text": "Magnesium sulfate"}, "dosage": {"dose": {"value": 2, "unit": "g"}},
    }, [("completed", "not-done"), ('"value": 2', '"value": "2"'), ('"value": 2', '"comparator": "<", "value": 2')]),
    "MedicationDispense": ({
        "status": "completed", "whenPrepared": "2024-05-01T08:00:00Z", "whenHandedOver": "2024-05-02T08:00:00Z",
        "medicationCodeableConcept": {"text": "Omeprazole"}, "daysSupply": {"value": 30, "unit": "d"},
    }, [('"whenHandedOver": "2024-05-02T08:00:00Z", ', ""), ("completed", "declined")]),
}  # fmt: skip
EVERYTHING = [
    ("", ""),
    ("Patient/a", "Group/g"),
    ('"subject": ', '"about": '),
    ('"meta": ', '"contained": [], "meta": '),
]
ODD = [  # scalars that stand for another
    "null", "true", "5", "-0", "-0.0", "1e5", "1.10", '""', '"é"', '"\\u0041"', '"\\ud800"', '"\\u0000"', "NaN", "[]", "{}",
    '"2024"', '"2024-05-29T19:52:25+02:00"', '"2024-05-29T19:52:25"', '"2023-02-29T00:00:00Z"', '"a\tb"', '"a\\"b"', "01",
    '"Patient/a"', '"final"', "12345678901234567890123456789012345", '"x" "y"',
]  # fmt: skip


WARD = Ward()


def lines_of(kind: str) -> list[str]:
    """Lines of a kind as it may be written, each three times about two patients at other times."""
    if kind == "Observation":
        base, changed = PLAIN, [(old, new) for old, new, _ in CHANGED]
    else:
        says, changed = OTHERS[kind]
        whole = {"resourceType": kind, "id": "ID", "meta": {"versionId": "1"}, "subject": {"reference": "Patient/a"}}
        base = json.dumps(whole | says)
        changed = EVERYTHING + changed
    made = []
    for n, (old, new) in enumerate(changed):
        assert old in base, (kind, old)
        line = base.replace("ID", f"{kind[:3]}-{n}-0", 1).replace(old, new, 1)
        later = re.sub(r"T(\d\d):(\d)", r"T\1:5", line).replace(f"{n}-0", f"{n}-1", 1).replace("Patient/a", "Patient/b")
        made += [line, later, line.replace(f"{n}-0", f"{n}-2", 1).replace("1.10", "1.20")]
    return made


def sealed(source: Path, folder: Path) -> tuple[dict[str, Any], list[tuple], Counter[str], set[str]]:
    """What bulk makes of a source: tables, rejects, counts, and what was lifted by its wording."""
    ward = WARD
    stage = Stage(ward.db, folder, 1)
    folder.mkdir()
    bulk.lift(stage, source)
    total = stage.counts()
    counts = Counter({"received": total.received, "lifted": total.lifted, **total.ignored})
    rejects = ward.db.execute(f"select file, line, source_ref, reason from {stage.rejects()}").fetchall()
    for name in TABLES:
        ward.make(f"lifted_{name}", STAGED[name])
    for record in bulk.of_bucket(stage, 0, bulk.shared_pieces(stage, 1)):
        for name, held in bulk.rows(record, STAGED).items():
            ward.fill(f"lifted_{name}", STAGED[name], held)
        counts += Counter({"lifted": record.lifted, **+record.ignored})
        rejects += [(one.file, one.line, one.source_ref, one.reason) for one in record.rejects]
    counts["repeats"] = sealing.seal(ward.db, bulk.facts(stage, 0))
    tables = {name: ward.read(f"select * from {name} order by patient, row") for name in TABLES}
    by_wording = {name for (name,) in ward.db.execute(f"select name from {stage.facts('worded', 0)}").fetchall()}
    return tables, sorted(rejects, key=repr), +counts, by_wording


def both(lines: list[bytes], folder: Path, monkeypatch: Any) -> set[str]:
    """Hold the lines lifted by their wording equal to the same lines lifted one by one; which ones were."""
    source = folder / "in"
    source.mkdir()
    (source / "x.ndjson").write_bytes(b"\n".join(lines))
    monkeypatch.setattr(bulk, "SMALL", 0)
    *found, by_wording = sealed(source, folder / "worded")
    monkeypatch.setattr(bulk, "SMALL", 2**60)
    *alone, nobody = sealed(source, folder / "alone")
    assert not nobody
    for one, other in zip(found, alone, strict=True):
        assert one == other
    return by_wording


def test_what_is_lifted_by_its_wording(tmp_path: Path, monkeypatch: Any) -> None:
    lines = [PLAIN.replace("ID", f"o{n}").replace(old, new, 1) for n, (old, new, _) in enumerate(CHANGED)]
    found = both([line.encode() for line in lines], tmp_path, monkeypatch)
    assert found == {f"Observation/o{n}" for n, (_, _, is_plain) in enumerate(CHANGED) if is_plain}


@pytest.mark.parametrize("kind", ["Observation", *OTHERS])
def test_every_kind_of_line(kind: str, tmp_path: Path, monkeypatch: Any) -> None:
    lines = [json.dumps({"resourceType": "Patient", "id": who}) for who in "ab"] + lines_of(kind)
    found = both([line.encode() for line in lines], tmp_path, monkeypatch)
    assert {f"{kind}/{kind[:3]}-0-{n}" for n in range(3)} <= found
    monkeypatch.setattr(bulk, "SMALL", 0)
    tables, _, _, _ = sealed(tmp_path / "in", tmp_path / "once more")
    for number, who in enumerate("ab", 1):
        alone = read(tmp_path / "in", "fhir", who)
        for name in TABLES:
            mine = [{**fact, "patient": 1, "file": ""} for fact in tables[name] if fact["patient"] == number]
            assert mine == [{**fact, "file": ""} for fact in alone.tables[name]], (who, name)


def test_a_resource_on_two_lines_is_left_to_one_reader(tmp_path: Path, monkeypatch: Any) -> None:
    meta = '"final", "meta": {"lastUpdated": "20%d-01-01T00:00:00Z"}, '
    lines = [PLAIN.replace("ID", name).replace('"final", ', meta % year, 1).replace("1.10", value)
             for name, year, value in (("x", 24, "1.1"), ("y", 24, "1.2"), ("x", 25, "1.3"), ("z", 24, "1.4"))]  # fmt: skip
    found = both([line.encode() for line in lines], tmp_path, monkeypatch)
    assert found == {"Observation/y", "Observation/z"}


def test_a_result_whose_specimen_is_here_is_left_to_one_reader(tmp_path: Path, monkeypatch: Any) -> None:
    lines = [PLAIN.replace("ID", f"o{n}").replace('"final", ', f'"final", "specimen": {{"reference": "Specimen/s{n}"}}, ', 1)
             for n in range(4)]  # fmt: skip
    who = {"subject": {"reference": "Patient/a"}, "type": {"text": "Urine"}}
    lines += [json.dumps({"resourceType": "Specimen", "id": f"s{n}", **who}) for n in (1, 3)]
    assert both([line.encode() for line in lines], tmp_path, monkeypatch) == {"Observation/o0", "Observation/o2"}


def spoilt(line: str, chance: random.Random) -> bytes:
    """The line with something else in a place or two."""
    for _ in range(chance.randint(1, 2)):
        tokens = list(re.finditer(r'"(?:[^"\\]|\\.)*"(?=\s*[,}\]])|-?\d[\d.]*|true|false|null', line))
        keys = list(re.finditer(r'"\w+": ', line))
        what, one, key = chance.randrange(8), chance.choice(tokens), chance.choice(keys)
        if what < 4:
            line = line[: one.start()] + chance.choice(ODD) + line[one.end() :]
        elif what == 4:
            line = line[: key.start()] + chance.choice(keys)[0] + line[key.end() :]
        elif what == 5:
            line = line[: key.start()] + chance.choice(keys)[0] + chance.choice(ODD) + ", " + line[key.start() :]
        elif what == 6:
            at = chance.randrange(len(line))
            line = line[:at] + chance.choice([" ", ",", "}", "\t", "\x00", "\\", "é", "\r", '"']) + line[at:]
        else:
            line = line[: chance.randrange(len(line))]
        if not re.search(r'"\w+": ', line) or not re.search(r"\d", line):
            break
    made = line.encode()
    return made.replace("é".encode(), b"\xe9") if chance.randrange(4) == 0 else made


@pytest.mark.parametrize("seed", range(many(3, 200)))
def test_spoilt_lines(seed: int, tmp_path: Path, monkeypatch: Any) -> None:
    chance = random.Random(seed)
    whole = [line for kind in ("Observation", *OTHERS) for line in lines_of(kind)]
    lines = [chance.choice(whole) if chance.randrange(2) else spoilt(chance.choice(whole), chance) for _ in range(600)]
    both([line if isinstance(line, bytes) else line.encode() for line in lines], tmp_path, monkeypatch)


def test_times_and_numbers_are_read_as_by_the_reader_of_one_patient() -> None:
    chance = random.Random(1)
    zones = ["Z", "+02:00", "-11:30", "+14:00", "+15:00", "", "z", "+0200", ".5Z", ".123456789-05:00", ".Z", " "]
    plain = 0
    for _ in range(3000):
        day = f"{chance.choice([1899, 1900, 1970, 2000, 2023, 2024, 2100])}-{chance.randrange(14):02d}-{chance.randrange(33):02d}"
        text = f"{day}T{chance.randrange(25):02d}:{chance.randrange(61):02d}:{chance.randrange(61):02d}{chance.choice(zones)}"
        held = np.frombuffer(text.encode() + b'"' * 16, np.uint8)
        if (found := alike.moment(held, 0, len(text))) != alike.NO_TIME:
            assert (found, "second") == times.parse(text), text
            plain += 1
    assert plain > 500
    for text in ("0", "-1", "1.10", "-0.5", "-0.0", "12345678901234567890", "0.000"):
        assert alike.number_end(np.frombuffer(text.encode() + b"," * 16, np.uint8), 0) == len(text), text
    for text in ("-0", "01", "1.", ".5", "1e5", "+1", "-", "1.5E3", "9" * 31):
        end = alike.number_end(np.frombuffer(text.encode() + b"," * 16, np.uint8), 0)
        assert end == -1 or text[end] in "eE", text  # what follows an exponent is no comma: the line does not fit


@pytest.mark.parametrize("kind", sorted(pattern.NOT_READ))
def test_what_no_reader_looks_at(kind: str) -> None:
    whole = json.loads(lines_of(kind)[0])
    for name in sorted(pattern.NOT_READ[kind]):
        for said in (
            {"reference": "Encounter/e"},
            [{"text": "another", "coding": [{"code": "x"}]}],
            "2001",
            5,
            None,
            True,
        ):
            found = []
            for one in (whole, {**whole, name: said}):
                record = lift_pieces([piece("line", one, file="f", line=1)], None, Record(), "f", everybody=True)
                found.append((record.tables, record.rejects, record.lifted))
            assert found[0] == found[1], (name, said)
