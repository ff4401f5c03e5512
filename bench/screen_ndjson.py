"""Rate at which FHIR NDJSON becomes sealed record tables, against DuckDB's bare read_json of the same file.

python bench/screen_ndjson.py [--lines 1000000]
python bench/screen_ndjson.py --export FOLDER

Everything counts: loading numba, comparing, sharing out to Parquet, reading back, sealing.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import duckdb

from hypomag.engine.duckdb import Ward
from hypomag.screen import sources

COLUMNS = (
    "{resourceType: 'VARCHAR', id: 'VARCHAR', status: 'VARCHAR', effectiveDateTime: 'VARCHAR', "
    "code: 'STRUCT(coding STRUCT(system VARCHAR, code VARCHAR, display VARCHAR)[], text VARCHAR)', "
    "subject: 'STRUCT(reference VARCHAR)', "
    "valueQuantity: 'STRUCT(value DOUBLE, comparator VARCHAR, unit VARCHAR, system VARCHAR, code VARCHAR)', "
    "referenceRange: 'STRUCT(low STRUCT(value DOUBLE, unit VARCHAR), high STRUCT(value DOUBLE, unit VARCHAR))[]'}"
)


def observation(n: int) -> str:
    unit = {"unit": "mg/dL", "system": "http://unitsofmeasure.org", "code": "mg/dL"}
    return json.dumps({
        "resourceType": "Observation", "id": f"obs-{n}", "status": "final",
        "meta": {"lastUpdated": "2024-06-18T10:09:00Z", "profile": ["http://hl7.org/fhir/us/core/StructureDefinition/x"]},
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category",
                                  "code": "laboratory", "display": "Laboratory"}], "text": "Laboratory"}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "19123-9", "display": "Magnesium"}], "text": "Magnesium"},
        "subject": {"reference": f"Patient/p{n // 30:07d}"}, "effectiveDateTime": f"2024-05-{n % 28 + 1:02d}T06:{n % 60:02d}:00Z",
        "valueQuantity": {"value": round(1 + n % 17 / 10, 1), **unit},
        "referenceRange": [{"low": {"value": 1.7, **unit}, "high": {"value": 2.4, **unit}}],
    })  # fmt: skip


def lifted(source: Path, folder: Path) -> tuple[float, float]:
    """CPU seconds until the lines are shared out, and until all is sealed."""
    ward = Ward(temp_directory=str(folder))
    chunks = sources.chunks("fhir", source, ward, None)
    began = time.process_time()
    fill, _ = sources.prepare("fhir", source, ward, folder / "work", len(chunks))
    shared = time.process_time() - began
    for chunk in chunks:
        fill(ward, chunk)
    return shared, time.process_time() - began


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("--lines", type=int, default=1_000_000)
    ask.add_argument("--export", type=Path, help="a folder of NDJSON, not packed, to be lifted instead")
    given = ask.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.export:
            size = sum(file.stat().st_size for file in given.export.iterdir()) / 1e6
            shared, whole = lifted(given.export, Path(folder))
            print(f"{size:.0f} MB, MB for each CPU second: shared out {size / shared:.0f}, sealed {size / whole:.0f}")
            return
        source = Path(folder) / "in"
        source.mkdir()
        file = source / "Observation.ndjson"
        with file.open("w", encoding="utf-8") as out:
            out.writelines(observation(n) + "\n" for n in range(given.lines))
        size = file.stat().st_size / 1e6
        began = time.process_time()
        duckdb.sql(f"create table bare as from read_json('{file}', format = 'newline_delimited', columns = {COLUMNS})")
        bare = time.process_time() - began
        shared, whole = lifted(source, Path(folder))
    print(f"{size:.0f} MB, {given.lines} lines, MB for each CPU second: bare read_json {size / bare:.0f}, lines shared out "
          f"by patient {size / shared:.0f}, lifted and sealed with all checks {size / whole:.0f} "
          f"({100 * bare / whole:.0f} % of bare)")  # fmt: skip


if __name__ == "__main__":
    main()
