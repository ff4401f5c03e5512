"""The official FHIR R4 examples: read without a crash, no magnesium where there is none

Bars: no exception but a refusal in one sentence; every resource that came in is lifted, ignored or rejected with a
reason; the magnesium results we see are those that a direct count of the JSON sees.

Needs npm; the package hl7.fhir.r4.examples is kept in build/.
"""

from __future__ import annotations

import json
import subprocess
import tarfile
from collections import Counter
from pathlib import Path
from typing import Any

from accept import ROOT
from hypomag.assess import relations
from hypomag.read import read
from hypomag.record import Record, Refused

PACKAGE = "hl7.fhir.r4.examples@4.0.1"
MAGNESIUM = ("magnes", "19123-9", "2601-3")


def files() -> list[Path]:
    """The example files, fetched once."""
    folder = ROOT / "build" / "fhir-r4-examples"
    if not (folder / "package").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True)
        with tarfile.open(next(folder.glob("*.tgz"))) as archive:
            archive.extractall(folder, filter="data")
    return sorted((folder / "package").glob("*.json"))


def resources(value: Any) -> list[dict[str, Any]]:
    """Every resource in a document, by its own words."""
    if isinstance(value, dict):
        inner = [found for item in value.values() for found in resources(item)]
        return [value, *inner] if "resourceType" in value else inner
    return [found for item in value for found in resources(item)] if isinstance(value, list) else []


def counted(document: Any) -> int:
    """Results with a value whose code speaks of magnesium, straight from the JSON."""
    return sum(
        one["resourceType"] == "Observation"
        and any(key.startswith("value") for key in one)
        and any(word in json.dumps(one.get("code", "")).lower() for word in MAGNESIUM)
        for one in resources(document)
    )


def patients(document: Any) -> list[str]:
    return [one["id"] for one in resources(document) if one["resourceType"] == "Patient" and "id" in one]


def adds_up(record: Record) -> bool:
    whole = [reject for reject in record.rejects if " " not in reject.source_ref]
    return record.received == record.lifted + sum(record.ignored.values()) + len(whole)


def run() -> tuple[str, bool]:
    became: Counter[str] = Counter()
    seen = expected = crashes = odd = 0
    reasons: Counter[str] = Counter()
    for file in files():
        whom: list[str | None] = [None]
        try:
            read(file, format="fhir")
        except Refused as refusal:
            if "patients; say which" in str(refusal):
                whom = list(patients(json.loads(file.read_bytes())))
        became["files"] += 1
        for patient in whom:
            try:
                record = read(file, format="fhir", patient=patient)
                found = relations(record, ["magnesium_reading"])["magnesium_reading"]
            except Refused as refusal:
                became["refused: " + str(refusal).split(": ", 1)[1].split(":")[0].rstrip(".")] += 1
                continue
            except Exception:
                crashes += 1
                continue
            became["patients read"] += 1
            seen += len(found)
            odd += not adds_up(record)
            reasons.update(reject.reason for reject in record.rejects)
            if patient is None:
                expected += counted(json.loads(file.read_bytes()))
    lines = [f"npm package {PACKAGE}", "", "| outcome | number |", "|---|---|"]
    lines += [f"| {name} | {n} |" for name, n in sorted(became.items())]
    lines += [
        f"| crashes | {crashes} |", f"| records whose counts do not add up | {odd} |",
        f"| magnesium results by us | {seen} |", f"| by direct count | {expected} |",
        "", "Reasons for what was rejected or left out:", "",
    ]  # fmt: skip
    lines += [f"- {n} x {reason}" for reason, n in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))]
    return "\n".join(lines) + "\n", crashes == odd == 0 and seen == expected
