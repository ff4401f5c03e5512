"""The laboratory-based phenotype: SQL, Python and OHDSI's JSON give the same rows; the rules of the program agree."""

from __future__ import annotations

import csv
import datetime
import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hypomag.__main__ import app
from hypomag.phenotype.definition import Phenotype, attach, define
from hypomag.phenotype.ways import cohort, days, sql
from hypomag.record import Refused
from hypomag.screen.run import screen
from tests.many import many
from tests.reach import cdm

needs_duckcdm = pytest.mark.skipif(
    importlib.util.find_spec("duckcdm") is None, reason="duckcdm (a port of OHDSI Circe) is not installed"
)
DAY = cdm.FIRST + datetime.timedelta(days=5)


@pytest.fixture(scope="module")
def site() -> Any:
    return cdm.build(cdm.rows(many(1500, 50_000), seed=5, rates=cdm.Rates(low=0.4, measured=0.9, coded=0.5)))


def by_sql(db: Any, found: Phenotype) -> set[tuple[Any, ...]]:
    return set(db.execute(sql(found)).fetchall())


def dicts(db: Any, table: str) -> list[dict[str, Any]]:
    cursor = db.execute(f"select * from {table}")
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def by_python(db: Any, found: Phenotype) -> set[tuple[Any, ...]]:
    found_days = days(found, dicts(db, "measurement"), dicts(db, "observation_period"))
    return {(person, day, day) for person, day in found_days}


@pytest.mark.parametrize("profile", ["adult", "article", "cmdt"])
def test_sql_and_python_give_the_same_rows(site: Any, profile: str) -> None:
    found = define(site, profile)
    rows = by_sql(site, found)
    assert rows == by_python(site, found)
    assert len(rows) > 300


@needs_duckcdm
@pytest.mark.parametrize("profile", ["adult", "article"])
def test_ohdsi_json_gives_the_same_rows(site: Any, profile: str) -> None:
    found = define(site, profile)
    assert cdm.run_cohort(site, cohort(found), 1) == by_sql(site, found)


@needs_duckcdm
def test_the_code_only_cohort_is_what_942_says(site: Any) -> None:
    people = {(row[0],) for row in cdm.run_cohort(site, cdm.COHORT_942, 942)}
    assert people == set(site.execute(cdm.CODED).fetchall())


def result(number: int, person: int, **but: Any) -> tuple[Any, ...]:
    row = {"concept": cdm.MASS, "day": DAY, "operator": None, "value": 1.1, "unit": cdm.MG_DL} | but
    return (
        number, person, row["concept"], row["day"], None, row["operator"], row["value"], row["unit"], None, None, None
    )  # fmt: skip


# What happens to one result of 1.1 mg/dL, changed in one way: written from the definition's words.
CHANGES: list[tuple[dict[str, Any], bool]] = [
    ({}, True),
    ({"value": 1.69}, True),
    ({"value": 1.7}, False),  # the lower limit itself is in range
    ({"value": None}, False),
    ({"value": 0.05}, False),  # too low to be true
    ({"unit": None}, False),
    ({"unit": cdm.MMOL_L}, False),  # moles against a code for mass
    ({"concept": cdm.MOLES, "unit": cdm.MMOL_L, "value": 0.69}, True),
    ({"concept": cdm.MOLES, "unit": cdm.MMOL_L, "value": 0.7}, False),
    ({"concept": cdm.MOLES, "unit": cdm.MEQ_L, "value": 1.39}, True),
    ({"concept": cdm.MOLES, "unit": cdm.MEQ_L, "value": 1.4}, False),
    ({"operator": cdm.BELOW}, True),
    ({"operator": cdm.ABOVE}, False),
    ({"operator": cdm.ODD}, False),  # an operator nobody knows
    ({"operator": 0}, True),
    ({"day": cdm.FIRST - datetime.timedelta(days=1)}, False),  # before the observation period
    ({"day": cdm.FIRST + datetime.timedelta(days=300)}, True),  # its last day
    ({"concept": cdm.HIGH}, False),
]


def test_each_change_of_one_result() -> None:
    made = cdm.rows(len(CHANGES), seed=1)
    made.measurement[:] = [result(n, n, **change) for n, (change, _) in enumerate(CHANGES, 1)]
    db = cdm.build(made)
    wanted = {n for n, (_, counts) in enumerate(CHANGES, 1) if counts}
    found = define(db)
    assert {row[0] for row in by_sql(db, found)} == wanted
    assert {row[0] for row in by_python(db, found)} == wanted


def test_a_doubtful_result_takes_its_day_away() -> None:
    made = cdm.rows(2, seed=1)
    made.measurement[:] = [
        result(1, 1),
        result(2, 1, operator=cdm.ABOVE),
        result(3, 1, day=DAY + datetime.timedelta(days=1)),
        result(4, 2),
    ]
    db = cdm.build(made)
    found = define(db)
    assert {row[:2] for row in by_sql(db, found)} == {(1, DAY + datetime.timedelta(days=1)), (2, DAY)}


def test_the_command_writes_all_three(tmp_path: Path) -> None:
    cdm.build(cdm.rows(200, seed=3), tmp_path / "cdm.duckdb").close()
    asked = ["phenotype", str(tmp_path / "cdm.duckdb"), "--out", str(tmp_path / "out")]
    said = CliRunner().invoke(app, asked)
    assert said.exit_code == 0, said.output
    assert "low: below 1.7 mg/dL" in said.output and "results, no unit" in said.output
    with (tmp_path / "out" / "days.csv").open(encoding="utf-8", newline="") as file:
        rows = {(int(row["person_id"]), row["cohort_start_date"]) for row in csv.DictReader(file)}
    import duckdb

    with duckdb.connect(str(tmp_path / "cdm.duckdb"), read_only=True) as db:
        again = db.execute((tmp_path / "out" / "phenotype.sql").read_text("utf-8")).fetchall()
    assert {(person, str(day)) for person, day, _ in again} == rows
    assert json.loads((tmp_path / "out" / "cohort.json").read_text("utf-8"))["PrimaryCriteria"]


def test_a_site_without_the_codes_is_refused(tmp_path: Path) -> None:
    db = cdm.build(cdm.rows(5, seed=1))
    db.execute("delete from concept where vocabulary_id = 'LOINC'")
    with pytest.raises(Refused, match="holds no LOINC"):
        define(db)
    with pytest.raises(Refused, match="profile nobody"):
        define(db, "nobody")
    with pytest.raises(Refused, match="no table concept"):
        attach(db, tmp_path)


def test_the_rules_of_the_program_agree(tmp_path: Path) -> None:
    """Screening calls low whom the phenotype calls low, and others only on days that the definition leaves out."""
    made = cdm.rows(300, seed=9, rates=cdm.Rates(low=0.5, measured=1.0))
    made.period[:] = [(n, n, datetime.date(2023, 1, 1), datetime.date(2026, 1, 1)) for n, *_ in made.person]
    db = cdm.build(made, tmp_path / "cdm.duckdb")
    found = define(db)
    low = {row[0] for row in by_sql(db, found)}
    db.close()
    screen(tmp_path / "cdm.duckdb", tmp_path / "out", format="omop")
    with (tmp_path / "out" / "patients.csv").open(encoding="utf-8", newline="") as file:
        screened = {int(row["patient"]) for row in csv.DictReader(file) if int(row["n_low"] or 0) > 0}
    doubtful = {row[1] for row in made.measurement if row[6] == 0.0 or row[5] in (cdm.ABOVE, cdm.ODD)}
    assert low <= screened and screened - low <= doubtful
    assert len(low) > 100
