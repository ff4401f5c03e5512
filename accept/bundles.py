"""Third-party FHIR: counts beside a direct count of the JSON

Bars: the number of serum magnesium results and of those below 1.7 mg/dL equals a direct count, per patient; in the
bulk folder no patient is called low and orders without result are seen.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

from accept import SHARED
from hypomag.answer.facts import SCALE
from hypomag.assess import answers, relations
from hypomag.read import read


def counted(file: Path) -> tuple[int, int]:
    """Serum magnesium results (LOINC 19123-9, mg/dL, final) and those below 1.7, straight from the JSON."""
    bundle = json.loads(gzip.decompress(file.read_bytes()))
    values = [
        r["valueQuantity"]["value"]
        for r in (entry["resource"] for entry in bundle["entry"])
        if r["resourceType"] == "Observation"
        and "valueQuantity" in r
        and any(c.get("code") == "19123-9" for c in r["code"].get("coding", []))
    ]
    return len(values), sum(v < 1.7 for v in values)


def run() -> tuple[str, bool]:
    lines = [
        "| record | results by us | by direct count | below 1.7 by us | by direct count |",
        "|---|---|---|---|---|",
    ]
    met = True
    for file in sorted((SHARED / "data" / "fhir-bundles").glob("*.json.gz")):
        found = [
            row["value"]
            for row in relations(read(file), ["magnesium_reading"])["magnesium_reading"]
            if row["why_not"] is None and row["family"] == "mass"
        ]
        ours = (len(found), sum(v < 1.7 * SCALE for v in found))
        direct = counted(file)
        met &= ours == direct
        lines.append(f"| {file.name.split('_')[-1]} | {ours[0]} | {direct[0]} | {ours[1]} | {direct[1]} |")
    statuses = Counter()
    flags = Counter()
    for answer in answers(read(SHARED / "data" / "fhir-bulk")).values():
        statuses[answer["level"]["status"]] += 1
        flags.update({f["flag"] for f in answer["level"]["flags"]})
    met &= statuses["low"] == 0 and flags["ordered_no_result"] > 0
    lines += ["", f"fhir-bulk, {statuses.total()} patients: {dict(statuses)}; flags {dict(flags)}"]
    return "\n".join(lines) + "\n", met
