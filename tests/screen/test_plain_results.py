"""Lines that SQL lifts become the very rows that the reader of one patient makes; every other line is left to it."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from hypomag.read import bulk, read, sealing
from hypomag.read.staged import STAGED, Stage
from hypomag.record import TABLES

UCUM = "http://unitsofmeasure.org"
PLAIN = (
    '{"resourceType": "Observation", "id": "ID", "status": "final", "code": {"coding": [{"system": "http://loinc.org", '
    '"code": "19123-9", "display": "Magnesium"}], "text": "Mg"}, "subject": {"reference": "Patient/a"}, '
    '"effectiveDateTime": "2024-05-29T19:52:25+02:00", "valueQuantity": {"value": 1.10, "unit": "mg/dL", '
    f'"system": "{UCUM}", "code": "mg/dL"}}}}'
)
RANGE = '"referenceRange": [{"low": {"value": 1.7, "unit": "mg/dL"}, "high": {"value": 2.40, "unit": "mg/dL"}}]'
# what is put for what in the plain line, and whether SQL may lift the result
CHANGED = [
    ("", "", True),
    ("1.10", "-0.5", True), ("1.10", "2", True), ("1.10", "1e2", False), ("1.10", "-0", False),
    ("1.10", '"1.1"', False),
    ("1.10", "null", False), ("1.10", "12345678901234567890", False), ("1.10", "0.1", True), ("1.10", "true", False),
    ('"final"', '"amended"', True), ('"final"', '"nope"', False), ('"final"', "5", False),
    ('"final", ', '"final", "status": "final", ', False),
    ("19:52:25+02:00", "00:00:00Z", True), ("19:52:25+02:00", "19:52:25", False), ("T19:52:25+02:00", "", False),
    ("19:52:25+02:00", "19:52:25.5Z", False), ("2024-05-29", "2024-02-31", False),
    ("19:52:25+02:00", "23:59:60Z", False),
    (', "text": "Mg"', "", True), ('"text": "Mg"', '"text": ""', True), ('"text": "Mg"', '"text": {"x": 1}', False),
    ('"text": "Mg"', '"text": "a \\"Mg\\" \\\\ test"', True), ('"text": "Mg"', '"text": "M\\u0067"', False),
    ("http://loinc.org", "http://lab", True), ("http://loinc.org", "urn:oid:2.16.840.1.113883.6.1", True),
    ('"code": "19123-9", ', "", False), ('"display": "Magnesium"}', '"display": "Magnesium"}, {"code": "MG"}', False),
    (f'"system": "{UCUM}", ', "", True), ('"unit": "mg/dL", ', "", True), (', "code": "mg/dL"', "", True),
    ('"unit": "mg/dL"', '"unit": ""', True), ('"unit": "mg/dL"', '"unit": 5', False),
    ('"value": 1.10', '"comparator": "<", "value": 1.10', False),
    ('"value": 1.10', '"value": 1.10, "value": 1.10', False),
    ('"value": 1.10', '"extension": [{"url": "x"}], "value": 1.10', False),
    ("Patient/a", "Patient/a/_history/2", False), ("Patient/a", "http://h/fhir/Patient/a", False),
    ('"final", ', '"final", "issued": "2024-05-30T01:00:00Z", ', True),
    ('"final", ', '"final", "issued": "2024-05-30", ', False),
    ('"final", ', '"final", "modifierExtension": [{"url": "x"}], ', False),
    ('"final", ', '"final", "note": [{"text": "x"}], ', False),
    ('"final", ', '"final", "specimen": {"display": "Urine"}, ', False),
    ('"final", ', '"final", "hasMember": [], ', False),
    ('"final", ', '"final", "dataAbsentReason": {"text": "x"}, ', False),
    ('"final", ', '"final", "meta": {"versionId": "2"}, ', True),
    ('"final", ', '"final", "basedOn": [{"reference": "ServiceRequest/o"}], ', True),
    ('"final", ', '"final", "basedOn": [{"reference": "#o"}], ', False), ('"final", ', f'"final", {RANGE}, ', True),
    ('"final", ', '"final", "interpretation": [{"coding": [{"code": "L"}]}], ', True),
    ('"final", ', '"final", "interpretation": [{"text": "low"}], ', False),
    ('"final", ', f'"final", {RANGE.replace("1.7", chr(34) + "1.7" + chr(34))}, ', False),
    ('"final", ', '"final", ' + RANGE.replace('"low"', '"text": "x", "low"') + ', ', False),
    ('"final", ', '"final", "referenceRange": [{"low": {"value": 1.7, "unit": "mg/dL"}}], ', True),
    ("\"final\", ", '"final", "referenceRange": [{"low": {"value": 1.7, "unit": "a"}, '
     '"high": {"value": 2, "unit": "b"}}], ', False),
    ('"final", ', '"final", "referenceRange": [{"text": "1.7-2.4 mg/dL"}], ', False),
]  # fmt: skip


def test_every_kind_of_line(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    lines = [json.dumps({"resourceType": "Patient", "id": "a"})]
    for n, (old, new, _) in enumerate(CHANGED):
        assert old in PLAIN, old
        lines.append(PLAIN.replace("ID", f"o{n}").replace(old, new, 1))
    twice = PLAIN.replace("ID", "again")
    lines += [twice.replace('"final", ', '"final", "meta": {"lastUpdated": "2024-01-01T00:00:00Z"}, ', 1)]
    lines += [
        twice.replace('"final", ', '"final", "meta": {"lastUpdated": "2025-01-01T00:00:00Z"}, ', 1).replace(
            "1.10", "1.20"
        )
    ]
    (source / "Observation.ndjson").write_text("\n".join(lines), "utf-8")
    db = duckdb.connect()
    stage = Stage(db, tmp_path / "stage", 1)
    stage.folder.mkdir()
    bulk.lift(stage, source)
    by_sql = {row[0] for row in db.execute(f"select source_ref from {stage.facts('observations', 0)}").fetchall()}
    assert by_sql == {f"Observation/o{n}" for n, (_, _, is_plain) in enumerate(CHANGED) if is_plain}
    record = bulk.of_bucket(stage, 0, [])
    with stage.unit("rest") as unit:
        assert unit is not None
        unit.of_rows({name: held for name, held in bulk.rows(record, STAGED).items() if held})
    sealing.seal(db, lambda table: stage.facts(table, 0))
    alone = read(source, "fhir", "a")
    for name, columns in TABLES.items():
        found = db.execute(f"select * from {name} order by patient, row").fetchall()
        made = [{**dict(zip(columns, row, strict=True)), "file": ""} for row in found]
        assert made == [{**fact, "file": ""} for fact in alone.tables[name]], name
    assert stage.counts().lifted + record.lifted == alone.lifted
