"""A bulk export, lifted many patients at once, is what the reader of one patient makes of the same files."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb

from hypomag.engine.duckdb import Ward
from hypomag.read import bulk, read, sealing
from hypomag.read.staged import STAGED, Stage
from hypomag.record import TABLES

LOINC = "http://loinc.org"


def magnesium(n: int, who: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation", "id": f"mg{n}", "status": "final", "subject": {"reference": who},
        "code": {"coding": [{"system": "http://lab", "code": "MG"}, {"system": LOINC, "code": "19123-9"}]},
        "effectiveDateTime": "2024-05-29T19:52:25+02:00",
        "valueQuantity": {"value": 1.1, "unit": "mg/dL", "system": "http://unitsofmeasure.org", "code": "mg/dL"},
        **more,
    }  # fmt: skip


RESOURCES = [
    {"resourceType": "Patient", "id": "a", "gender": "female", "birthDate": "1950"},
    {"resourceType": "Patient", "id": "b", "birthDate": "1960-02-03"},
    magnesium(1, "Patient/a"),
    magnesium(2, "http://hospital/fhir/Patient/a/_history/3", specimen={"reference": "Specimen/s"}),
    magnesium(3, "Patient/b", valueQuantity={"value": "1.1", "unit": "mg/dL"}),
    magnesium(4, "Patient/b", modifierExtension=[{"url": "http://x"}]),
    magnesium(5, "Patient/b", basedOn=[{"reference": "ServiceRequest/o"}],
              valueQuantity={"value": 0.5, "comparator": "<"}),
    magnesium(6, "Group/g"),
    {"resourceType": "Observation", "id": "nobody", "status": "final", "code": {"text": "Magnesium"}},
    {"resourceType": "Specimen", "id": "s", "type": {"text": "Urine"}, "subject": {"reference": "Patient/a"}},
    {"resourceType": "ServiceRequest", "id": "o", "status": "active", "intent": "order", "code": {"text": "Magnesium"},
     "subject": {"reference": "Patient/b"}},
    {"resourceType": "Medication", "id": "m", "code": {"text": "Omeprazole 20 mg"}},
    {"resourceType": "MedicationRequest", "id": "r", "status": "active", "intent": "order",
     "subject": {"reference": "Patient/b"}, "medicationReference": {"reference": "Medication/m"}},
    {"resourceType": "Immunization", "id": "i", "patient": {"reference": "Patient/a"}},
]  # fmt: skip
FAULTS = ["{not json", '{"resourceType": "Observation", "resourceType": "Patient"', "[1, 2]", ""]


def export(folder: Path) -> Path:
    folder.mkdir()
    lines = [json.dumps(one) for one in RESOURCES]
    (folder / "a.ndjson").write_text("\ufeff" + "\r\n".join(lines[:7] + FAULTS) + "\n", "utf-8")
    with gzip.open(folder / "b.ndjson.gz", "wt", encoding="utf-8") as packed:
        packed.write("\n".join(lines[7:]))  # the last line has no end
    return folder


def lifted(source: Path, folder: Path) -> tuple[dict[str, list[dict]], Stage, Any]:
    db = duckdb.connect()
    stage = Stage(db, folder / "stage", 1)
    stage.folder.mkdir()
    bulk.lift(stage, source)
    (record,) = bulk.of_bucket(stage, 0, bulk.shared_pieces(stage, 1))
    ward = Ward()
    ward.db = db
    for name, held in bulk.rows(record, STAGED).items():
        ward.make(f"lifted_{name}", STAGED[name], held)
    sealing.seal(db, bulk.facts(stage, 0))
    made = {}
    for name, columns in TABLES.items():
        found = db.execute(f"select * from {name} order by patient, row").fetchall()
        made[name] = [dict(zip(columns, row, strict=True)) for row in found]
    return made, stage, record


def without_place(fact: dict[str, Any]) -> dict[str, Any]:
    return {**fact, "patient": 1, "file": Path(fact["file"]).name}


def test_the_same_rows_as_the_reader_of_one_patient(tmp_path: Path) -> None:
    source = export(tmp_path / "in")
    made, _, _ = lifted(source, tmp_path)
    assert [fact["id"] for fact in made["patients"]] == ["a", "b"]
    for number, who in enumerate(("a", "b"), 1):
        alone = read(source, "fhir", who)
        for name in TABLES:
            mine = [without_place(fact) for fact in made[name] if fact["patient"] == number]
            assert mine == [without_place(fact) for fact in alone.tables[name]], (who, name)
    assert [fact["specimen"] for fact in made["observations"] if fact["source_ref"] == "Observation/mg2"] == ["Urine"]
    assert [fact["text"] for fact in made["medications"]] == ["Omeprazole 20 mg"]


def test_every_line_is_used_rejected_or_of_no_concern(tmp_path: Path) -> None:
    _, stage, record = lifted(export(tmp_path / "in"), tmp_path)
    counts = stage.counts()
    lines = len(RESOURCES) + 3  # blank lines are none
    whole = {(one.file, one.line) for one in record.rejects if " " not in one.source_ref}
    rejected = stage.db.execute(f"select file, line, reason from {stage.rejects()} order by 1, 2").fetchall()
    assert counts.received == lines
    assert lines == counts.lifted + record.lifted + len(rejected) + len(whole) + sum((+counts.ignored).values()) + sum(
        (+record.ignored).values()
    )
    assert [(file, line) for file, line, _ in rejected] == [
        ("a.ndjson", 8),
        ("a.ndjson", 9),
        ("a.ndjson", 10),
        ("b.ndjson.gz", 2),
    ]
    assert ("a.ndjson", 5) in whole and ("a.ndjson", 6) in whole


def test_what_the_export_deleted_is_gone(tmp_path: Path) -> None:
    source = export(tmp_path / "in")
    gone = {"resourceType": "Bundle", "type": "transaction",
            "entry": [{"request": {"method": "DELETE", "url": "Observation/mg1"}}]}  # fmt: skip
    (source / "deleted.ndjson").write_text(json.dumps(gone), "utf-8")
    manifest = {
        "output": [{"type": "Patient", "url": "http://x/a.ndjson"}],
        "deleted": [{"url": "http://x/deleted.ndjson"}],
    }
    (source / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    made, _, _ = lifted(source, tmp_path)
    assert "Observation/mg1" not in {fact["source_ref"] for fact in made["observations"]}
