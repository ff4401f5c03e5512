"""OMOP tables as a site keeps them, to the record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from hypomag.read import omop, sealing
from hypomag.read.staged import Stage
from hypomag.record import Refused

DAY = 86_400
MAY_1 = 1_714_521_600  # 2024-05-01T00:00:00Z
SITE = """
create table concept (concept_id bigint, concept_name varchar, vocabulary_id varchar, concept_code varchar);
insert into concept values (0, 'No matching concept', 'None', 'No matching concept'),
  (11, 'FEMALE', 'Gender', 'F'), (12, 'Magnesium [Mass/volume] in Serum or Plasma', 'LOINC', '19123-9'),
  (13, 'milligram per deciliter', 'UCUM', 'mg/dL'), (14, '<', 'Meas Value Operator', 'LT'),
  (15, 'omeprazole 20 MG Oral Capsule', 'RxNorm', '198051'), (16, 'EHR administration record', 'Type Concept', 'x'),
  (17, 'Celiac disease', 'SNOMED', '396331005'), (18, 'Celiac disease', 'ICD10CM', 'K90.0'),
  (19, 'Inpatient Visit', 'Visit', 'IP'), (20, 'About', 'Meas Value Operator', '~');
create table person (person_id bigint, year_of_birth int, month_of_birth int, day_of_birth int,
  gender_concept_id bigint);
insert into person values (7, 1950, null, null, 11), (8, 1960, 2, 3, 0);
create table measurement (measurement_id bigint, person_id bigint, measurement_concept_id bigint, measurement_date date,
  measurement_datetime timestamp, operator_concept_id bigint, value_as_number double, unit_concept_id bigint,
  range_low double, range_high double, measurement_source_value varchar, unit_source_value varchar,
  value_source_value varchar);
insert into measurement values
  (1, 7, 12, '2024-05-01', '2024-05-01 06:00:00', null, 1.1, 13, 1.7, 2.4, 'MG', 'mg/dl', '1.10'),
  (2, 7, 12, '2024-05-02', null, 14, 0.5, 13, null, null, 'MG', null, null),
  (3, 7, 0, '2024-05-03', null, null, 4.0, 0, null, null, 'K', 'mmol/L', '4.0'),
  (4, 99, 12, '2024-05-03', null, null, 2.0, 13, null, null, 'MG', null, null),
  (5, 7, 12, null, null, null, 2.0, 13, null, null, 'MG', null, null),
  (6, 7, 12, '2024-05-04', null, 20, 2.0, 13, null, null, 'MG', null, null);
create table drug_exposure (drug_exposure_id bigint, person_id bigint, drug_concept_id bigint,
  drug_exposure_start_date date, drug_exposure_end_date date, drug_type_concept_id bigint);
insert into drug_exposure values (1, 7, 15, '2024-04-01', '2024-06-01', 16);
create table condition_occurrence (condition_occurrence_id bigint, person_id bigint, condition_concept_id bigint,
  condition_start_date date, condition_source_concept_id bigint, condition_source_value varchar);
insert into condition_occurrence values (1, 7, 17, '2020-01-01', 18, 'K90.0'), (2, 8, 17, '2020-01-01', 0, 'x');
create table visit_occurrence (visit_occurrence_id bigint, person_id bigint, visit_concept_id bigint,
  visit_start_date date, visit_end_date date);
insert into visit_occurrence values (1, 7, 19, '2024-05-01', '2024-05-03');
create table death (person_id bigint, death_date date);
insert into death values (8, '2024-06-01');
"""


def record(source: Path, folder: Path) -> tuple[duckdb.DuckDBPyConnection, Stage]:
    db = duckdb.connect()
    stage = Stage(db, folder / "stage", 1)
    stage.folder.mkdir()
    omop.lift(stage, source)
    sealing.seal(db, lambda table: stage.facts(table, 0))
    return db, stage


def as_file(folder: Path) -> Path:
    file = folder / "site.duckdb"
    with duckdb.connect(str(file)) as site:
        site.execute(SITE)
    return file


def as_parquet(folder: Path) -> Path:
    out = folder / "site"
    out.mkdir()
    site = duckdb.connect()
    site.execute(SITE)
    for (table,) in site.execute("select table_name from duckdb_tables()").fetchall():
        site.execute(f"copy {table} to '{out}/{table}.parquet' (format parquet)")
    return out


@pytest.fixture(params=[as_file, as_parquet], ids=["duckdb", "parquet"])
def read(request: Any, tmp_path: Path) -> tuple[duckdb.DuckDBPyConnection, Stage]:
    return record(request.param(tmp_path), tmp_path)


def test_a_result_keeps_what_was_written(read: tuple) -> None:
    db, _ = read
    found = db.execute("""select system, code, value, value_text, comparator, unit, unit_text, ref_low,
        ref_high, ref_unit, start,
        start_precision from observations order by row""").fetchall()
    assert found == [
        ("loinc", "19123-9", 1.1, "1.10", "", "mg/dL", "mg/dl", 1.7, 2.4, "mg/dL", MAY_1 + 6 * 3600, "second"),
        ("loinc", "19123-9", 0.5, "0.5", "<", "mg/dL", "", None, None, "", MAY_1 + DAY + DAY // 2, "day"),
        ("", "", 4.0, "4.0", "", "", "mmol/L", None, None, "", MAY_1 + 2 * DAY + DAY // 2, "day"),
        ("loinc", "19123-9", None, "2.0", "", "mg/dL", "", None, None, "", MAY_1 + 3 * DAY + DAY // 2, "day"),
    ]


@pytest.mark.parametrize(
    ("kind", "end", "supply", "until"),
    [
        ("EHR dispensing record", "2024-04-01", "30", MAY_1 + DAY // 2),
        ("EHR dispensing record", "2024-05-10", "30", MAY_1 + 10 * DAY - 1),
        ("EHR dispensing record", "2024-05-10", "null", MAY_1 + 10 * DAY - 1),
        ("EHR dispensing record", None, "0", None),
        ("EHR prescription", "2024-04-01", "30", MAY_1 - 29 * DAY - 1),
    ],
)
def test_what_was_dispensed_runs_out(tmp_path: Path, kind: str, end: str, supply: str, until: int | None) -> None:
    file = as_file(tmp_path)
    with duckdb.connect(str(file)) as site:
        site.execute("update concept set concept_name = ? where concept_id = 16", [kind])
        site.execute(f"alter table drug_exposure add column days_supply int default {supply}")
        site.execute("update drug_exposure set drug_exposure_end_date = ?", [end])
    db, _ = record(file, tmp_path)
    assert db.execute("select until from medications").fetchall() == [(until,)]


def test_people_drugs_diagnoses_and_stays(read: tuple) -> None:
    db, _ = read
    assert db.execute("select id, sex, birth_precision, deceased from patients order by id").fetchall() == [
        ("7", "female", "year", None),
        ("8", "", "day", 1),
    ]
    assert db.execute("select kind, system, code, until from medications").fetchall() == [
        ("given", "rxnorm", "198051", MAY_1 + 32 * DAY - 1)
    ]
    assert db.execute("select system, code, text from conditions order by patient").fetchall() == [
        ("icd10cm", "K90.0", "Celiac disease"),
        ("snomed", "396331005", "Celiac disease"),
    ]
    assert db.execute('select "class", status from encounters').fetchall() == [("IMP", "finished")]


def test_what_cannot_be_used_is_said_and_the_counts_add_up(read: tuple) -> None:
    db, stage = read
    said = db.execute(f"select source_ref, reason from {stage.rejects()} order by source_ref").fetchall()
    assert said == [
        ("measurement 4", "no person has this person_id"),
        ("measurement 5", "has no time"),
    ]
    counts = stage.counts()
    assert counts.received == 12
    assert counts.received == counts.lifted + counts.rejected


def test_a_missing_column_is_refused_by_name(tmp_path: Path) -> None:
    out = as_parquet(tmp_path)
    duckdb.sql(f"copy (select person_id from '{out}/person.parquet') to '{out}/person2.parquet' (format parquet)")
    (out / "person2.parquet").replace(out / "person.parquet")
    with pytest.raises(Refused, match="person has no column year_of_birth"):
        record(out, tmp_path)
