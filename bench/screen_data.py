"""Makes a synthetic population as the project's own Parquet record, to time screening on.

    python bench/screen_data.py OUT --patients 1000000

30 laboratory results, 8 medications, 8 conditions and 1 stay in hospital a patient; half of the results are of tests
that say nothing of magnesium; 4 are serum magnesium, low in about one patient in ten. Synthetic: it times the
program and tests nothing medical. The same arguments give the same rows.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

from hypomag.read.staged import SQL_TYPE
from hypomag.record import TABLES

DAY = 86_400
NEWEST = 1_790_000_000  # 2026-09-21
# LOINC, name, unit, middle, spread. The first 15 matter to magnesium, four of them are it.
TESTS = [
    *[("19123-9", "Magnesium", "mg/dL", 2.0, 0.22)] * 4,
    ("2823-3", "Potassium", "mmol/L", 4.1, 0.5), ("2823-3", "Potassium", "mmol/L", 4.1, 0.5),
    ("17861-6", "Calcium", "mg/dL", 9.3, 0.6), ("1751-7", "Albumin", "g/dL", 3.9, 0.5),
    ("2160-0", "Creatinine", "mg/dL", 1.0, 0.4), ("2160-0", "Creatinine", "mg/dL", 1.0, 0.4),
    ("2777-1", "Phosphate", "mg/dL", 3.4, 0.7), ("2951-2", "Sodium", "mmol/L", 139.0, 3.5),
    ("1963-8", "Bicarbonate", "mmol/L", 25.0, 3.0), ("2345-7", "Glucose", "mg/dL", 110.0, 30.0),
    ("2075-0", "Chloride", "mmol/L", 103.0, 4.0),
    *[(f"{90000 + 7 * n}-{n % 10}", f"Other test {n}", "U/L", 40.0, 12.0) for n in range(15)],
]  # fmt: skip
DRUGS = [
    "omeprazole 20 mg capsule", "furosemide 40 mg tablet", "hydrochlorothiazide 25 mg tablet", "digoxin 125 mcg tablet",
    "magnesium oxide 400 mg tablet", "metformin 500 mg tablet", "insulin glargine", "paracetamol 500 mg tablet",
    "amoxicillin 500 mg capsule", "atorvastatin 20 mg tablet", "amlodipine 5 mg tablet", "ramipril 5 mg capsule",
    "levothyroxine 50 mcg tablet", "sertraline 50 mg tablet", "salbutamol inhaler", "aspirin 75 mg tablet",
]  # fmt: skip
CONDITIONS = [
    ("E11.9", "Type 2 diabetes mellitus"), ("K90.0", "Celiac disease"), ("F10.20", "Alcohol dependence"),
    ("I10", "Essential hypertension"), ("N18.3", "Chronic kidney disease, stage 3"), ("K21.9", "Reflux disease"),
    ("J45.909", "Asthma"), ("M54.5", "Low back pain"), ("E78.5", "Hyperlipidaemia"), ("I48.91", "Atrial fibrillation"),
    ("R56.9", "Seizure"), ("K50.90", "Crohn disease"), ("H26.9", "Cataract"), ("M17.9", "Osteoarthritis of knee"),
    ("L40.9", "Psoriasis"), ("G43.909", "Migraine"),
]  # fmt: skip


def values(name: str, rows: list[tuple], columns: str) -> str:
    listed = ", ".join(f"({n}, {', '.join(map(repr, row))})" for n, row in enumerate(rows))
    return f"(values {listed}) as {name}(n, {columns})"


def dice(salt: int, *parts: str) -> str:
    """A number from 0 to 1 that depends on the parts alone."""
    return f"(hash({', '.join(parts)}, {salt}) % 1000003) / 1000003.0"


def write(db: duckdb.DuckDBPyConnection, out: Path, table: str, source: str, **columns: str) -> None:
    """One table, each column by its SQL expression, the rest empty; sorted by patient and row."""
    made = []
    for column, kind in TABLES[table].items():
        blank = "''" if kind == "text" else f"null::{SQL_TYPE[kind]}"
        made.append(f'({columns.get(column, blank)})::{SQL_TYPE[kind]} as "{column}"')
    db.execute(f"copy (select {', '.join(made)} from {source} order by patient, row) to '{out}/{table}.parquet' "
               "(format parquet, compression zstd)")  # fmt: skip


def make(out: Path, patients: int) -> None:
    out.mkdir(parents=True, exist_ok=True)
    db = duckdb.connect(config={"temp_directory": str(out / "spill"), "memory_limit": "3GB"})
    everybody = f"(select i + 1 as p, {NEWEST} - (hash(i) % 700)::bigint * {DAY} as newest from range({patients}) r(i))"
    who = f"{everybody} e"
    write(db, out, "patients", who, patient="p", row="1", id="printf('%09d', p)",
          source_ref="printf('Patient/%09d', p)",
          birth="-400000000 + (hash(p, 1) % 900000000)::bigint", birth_precision="'day'",
          sex="case when hash(p, 2) % 2 = 0 then 'female' else 'male' end")  # fmt: skip
    bell = f"({dice(3, 'p', 'n')} + {dice(4, 'p', 'n')} + {dice(5, 'p', 'n')} - 1.5) * 2"
    low = "case when code = '19123-9' and hash(p, 6) % 10 = 0 then 0.78 else 1.0 end"
    result = f"round((middle * {low} + spread * {bell}) * 10) / 10"
    tests = values("t", TESTS, "code, text, unit, middle, spread")
    source = f"(select e.*, t.*, {result} as made from {everybody} e cross join {tests})"
    write(db, out, "observations", source, patient="p", row="n + 2", source_ref="printf('Observation/%d-%d', p, n)",
          status="'final'", start=f"newest - (29 - n) * {DAY} * 3 + (hash(p, n) % 40000)::bigint",
          start_precision="'second'", code="code", system="'loinc'", text="text", value="made",
          value_text="made::varchar", unit="unit", unit_text="unit", specimen="'serum'")  # fmt: skip
    drugs = values("d", [(drug,) for drug in DRUGS], "text")
    eight = (
        f"(select e.*, k, (hash(p, k, 7) % {len(DRUGS)})::bigint as pick from {everybody} e cross join range(8) r(k))"
    )
    write(db, out, "medications", f"{eight} m join {drugs} on d.n = m.pick", patient="p", row="k + 32",
          source_ref="printf('MedicationRequest/%d-%d', p, k)", status="'active'", kind="'ordered'", text="text",
          start=f"newest - (8 - k) * {DAY} * 20", start_precision="'day'", route="'oral'")  # fmt: skip
    sick = values("c", CONDITIONS, "code, text")
    eight = (
        f"(select e.*, k, (hash(p, k, 8) % {len(CONDITIONS)})::bigint as pick "
        f"from {everybody} e cross join range(8) r(k))"
    )
    write(db, out, "conditions", f"{eight} m join {sick} on c.n = m.pick", patient="p", row="k + 40",
          source_ref="printf('Condition/%d-%d', p, k)", status="'active'", kind="'condition'", code="code",
          system="'icd10cm'", text="text", start=f"newest - (8 - k) * {DAY} * 90", start_precision="'day'")  # fmt: skip
    write(db, out, "encounters", who, patient="p", row="48",
          source_ref="printf('Encounter/%d', p)", status="'finished'",
          start=f"newest - 20 * {DAY}", start_precision="'second'",
          until=f"newest - 10 * {DAY}", ward="'ward ' || p % 40",
          **{"class": "'IMP'"})  # fmt: skip


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("out", type=Path)
    ask.add_argument("--patients", type=int, default=1_000_000)
    given = ask.parse_args()
    make(given.out, given.patients)
    print({file.name: f"{file.stat().st_size / 1e6:.0f} MB" for file in sorted(given.out.glob("*.parquet"))})


if __name__ == "__main__":
    main()
