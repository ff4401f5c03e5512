"""Low magnesium in the admissions of MIMIC-III demo, by laboratory and by code.

The laboratory is the truth here, so only the sensitivity of the code says anything. No bar.
"""

from __future__ import annotations

import csv
import gzip

from accept import SHARED

CODE = "2752"  # ICD-9-CM, disorders of magnesium metabolism: high as well as low
LOINC = "19123-9"


def run() -> tuple[str, bool]:
    folder = SHARED / "data" / "mimic-iii-demo"

    def table(name: str) -> list[dict[str, str]]:
        with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    limit = _lower_limit()
    results: dict[str, list[float]] = {}
    for row in table("labs"):
        if row["loinc"] == LOINC and row["valueuom"] == "mg/dL":
            try:
                results.setdefault(row["hadm_id"], []).append(float(row["value"]))
            except ValueError:
                continue
    low = {stay for stay, values in results.items() if min(values) < limit}
    coded = {row["hadm_id"] for row in table("diagnoses_icd9") if row["icd9_code"] == CODE}
    text = (
        f"{len(results)} admissions with a magnesium; {len(low)} below {limit:g} mg/dL; of those {len(low & coded)} with "
        f"ICD-9 275.2: sensitivity of the code {len(low & coded) / len(low):.1%}. Coded in all: {len(coded)}.\n"
    )
    return text, True


def _lower_limit() -> float:
    from hypomag import knowledge

    rows = knowledge.load().tables["ranges"].dicts()
    return next(row["low"] / 10_000 for row in rows if row["profile"] == "adult" and row["family"] == "mass")
