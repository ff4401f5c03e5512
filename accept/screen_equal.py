"""Screening gives, byte for byte, the answer that assess gives each patient alone, for every patient of ../shared/data.

But for what was left out of the input, which screening lists in rejects.csv. Three ways in: the FHIR bulk folder, the
FHIR Bundles as a Parquet record, MIMIC as its own CSV.
"""

from __future__ import annotations

import csv
import gzip
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from accept import SHARED
from hypomag.assess import assess
from hypomag.engine.duckdb import Ward
from hypomag.read import parquet, read
from hypomag.record import TABLES, Record, seal
from hypomag.screen.rendered import answers
from hypomag.screen.run import screen
from hypomag.write import json_text


def screened(source: Path, format: str, folder: Path) -> dict[str, dict[str, Any]]:
    """Every patient's answer as screening keeps it."""
    out = folder / format
    screen(source, out, format=format, answers="all")
    return dict(answers(out))


def fhir_bulk(data: Path, folder: Path) -> tuple[dict[str, dict[str, Any]], dict[str, Record]]:
    found = screened(data / "fhir-bulk", "fhir", folder)
    return found, {patient: read(data / "fhir-bulk", "fhir", patient) for patient in found}


def fhir_bundles(data: Path, folder: Path) -> tuple[dict[str, dict[str, Any]], dict[str, Record]]:
    """Each Bundle read alone; all of them together as one Parquet record."""
    alone = {}
    for file in sorted((data / "fhir-bundles").glob("*.json.gz")):
        record = read(file)
        alone[record.tables["patients"][0]["id"]] = record
    ward = Ward()
    for name, columns in TABLES.items():
        rows = [
            tuple({**fact, "patient": number}[c] for c in columns)
            for number, patient in enumerate(sorted(alone), 1)
            for fact in alone[patient].tables[name]
        ]
        ward.make(name, columns, rows)
    parquet.write(ward.db, folder / "bundles")
    return screened(folder / "bundles", "record", folder), alone


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def table(data: Path, name: str) -> list[tuple[int, dict[str, str]]]:
    with gzip.open(data / "mimic-iii-demo" / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return list(enumerate(csv.DictReader(file), 2))


def number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def mimic(data: Path, folder: Path) -> tuple[dict[str, dict[str, Any]], dict[str, Record]]:
    """MIMIC read a second time, in plain Python."""
    records: dict[str, Record] = {}
    left: dict[str, str] = {}

    def where(name: str, line: int) -> dict[str, Any]:
        return {"source_ref": f"{name} line {line}", "file": f"{name}.csv.gz", "line": line}

    for line, row in table(data, "admissions"):
        who, at = row["hadm_id"], where("admissions", line)
        record = records[who] = Record()
        left[who] = row["dischtime"]
        died = row["deathtime"]
        until = seconds(died) if died else None
        record.add("patients", who, id=who, deceased=1 if died else None, until=until, **at)
        start, end = seconds(row["admittime"]), seconds(row["dischtime"])
        stay = {"class": "IMP", "status": "finished", "start": start, "start_precision": "second", "until": end}
        record.add("encounters", who, **stay, **at)
        if row["diagnosis"]:
            said = {"text": row["diagnosis"], "kind": "condition", "start": start, "start_precision": "second"}
            record.add("conditions", who, **said, **at)
    for line, row in table(data, "labs"):
        value = row["value"]
        comparator = value[0] if value[:1] in ("<", ">") else ""
        records[row["hadm_id"]].add(
            "observations", row["hadm_id"], code=row["loinc"], system="loinc" if row["loinc"] else "",
            text=row["analyte"], specimen=row["specimen"], value=number(value[len(comparator):]), value_text=value,
            comparator=comparator, unit_text=row["valueuom"], flag="A" if row["flag"] == "abnormal" else row["flag"],
            start=seconds(row["charttime"]), start_precision="second", **where("labs", line),
        )  # fmt: skip
    for line, row in table(data, "prescriptions"):
        start = seconds(row["startdate"]) if row["startdate"] else None
        end = seconds(row["enddate"]) + 86399 if row["enddate"] else None
        dose = number(row["dose_val"])
        strength = f"({row['prod_strength']})" if row["prod_strength"] else ""
        records[row["hadm_id"]].add(
            "medications", row["hadm_id"], kind="ordered", text=row["drug"], dose=dose,
            dose_unit=row["dose_unit"] if dose is not None else "",
            dose_text=" ".join(part for part in (row["dose_val"], row["dose_unit"], strength) if part),
            start=None if start is None else start + 43200, start_precision="" if start is None else "day",
            until=None if end is None or (start is not None and end < start) else end, **where("prescriptions", line),
        )  # fmt: skip
    for line, row in table(data, "diagnoses_icd9"):
        code = row["icd9_code"]
        head = 4 if code.startswith("E") else 3
        dotted = f"{code[:head]}.{code[head:]}" if len(code) > head else code
        said = {"code": dotted, "system": "icd9cm", "kind": "condition", "known_at": seconds(left[row["hadm_id"]])}
        records[row["hadm_id"]].add("conditions", row["hadm_id"], **said, **where("diagnoses_icd9", line))
    return screened(data / "mimic-iii-demo", "mimic", folder), {who: seal(one) for who, one in records.items()}


def plain(answer: dict[str, Any]) -> str:
    """The answer without what was left out of the input, where it says so itself and where it says what it rests on."""
    left = [{"what": row["source_ref"], "because": row["reason"]} for row in answer["left_out"]]
    rests = answer["basis"] | {"not_used": [row for row in answer["basis"]["not_used"] if row not in left]}
    return json_text.write(answer | {"left_out": [], "basis": rests})


def run(data: Path = SHARED / "data") -> tuple[str, bool]:
    """The table of figures, and whether every answer is equal."""
    lines, differing = ["| source | patients | screened | equal answers |", "|---|---|---|---|"], 0
    with tempfile.TemporaryDirectory() as folder:
        for source in (fhir_bulk, fhir_bundles, mimic):
            found, alone = source(data, Path(folder))
            same = sum(plain(found[who]) == plain(assess(record)) for who, record in alone.items() if who in found)
            differing += len(alone.keys() | found.keys()) - same
            lines.append(f"| {source.__name__} | {len(alone)} | {len(found)} | {same} |")
    return "\n".join(lines), differing == 0
