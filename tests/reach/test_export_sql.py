"""The exported rules: PostgreSQL gives every cell that DuckDB gives; the other dialects can be written and parsed."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from tools import conformance, export_sql

from hypomag.engine.texts import INPUTS, rules
from hypomag.record import TABLES
from tests import people, tables
from tests.many import many
from tests.reach import postgres

REASON = postgres.why_not()
needs_server = pytest.mark.skipif(REASON is not None, reason=str(REASON))
TEXT_TABLES = sorted((Path(__file__).parents[1] / "rules").glob("*/*.txt"))


@pytest.fixture(scope="module")
def pack() -> conformance.Pack:
    return conformance.pack(people.record_of(people.crowd(43, many(60, 5000))))


@pytest.fixture(scope="module")
def loaded(pack: conformance.Pack) -> Iterator[Any]:
    """A server on which a site's four first steps were taken: tables, knowledge, the pack's facts, relations."""
    written = export_sql.scripts("postgres") | conformance.scripts(pack, "postgres")
    with postgres.server() as connection:
        for name in ("1_tables.sql", "2_knowledge.sql", "pack_facts.sql", "3_relations.sql"):
            connection.execute(written[name])
        connection.execute("analyze")
        yield connection, written["pack_check.sql"]


@needs_server
def test_postgres_gives_every_cell_that_duckdb_gives(loaded: Any, pack: conformance.Pack) -> None:
    connection, _ = loaded
    differ = {}
    for name, rows in pack.expected.items():
        listed = ", ".join(f'"{column}"' for column in export_sql.columns_of(f"select * from {name}"))
        made = Counter(connection.execute(f"select {listed} from {name}").fetchall())
        if made != Counter(rows):
            differ[name] = (Counter(rows) - made, made - Counter(rows))
    assert differ == {}
    assert sum(bool(rows) for rows in pack.expected.values()) > 100  # relations with something to compare


@needs_server
def test_the_pack_passes_and_finds_one_wrong_cell(loaded: Any) -> None:
    connection, check = loaded
    wrong = "select relation from pack_result where missing <> 0 or unexpected <> 0 or more_rows <> 0"
    connection.execute(check)
    assert connection.execute("select count(*) from pack_result").fetchone() == (len(rules()),)
    assert connection.execute(wrong).fetchall() == []
    with connection.transaction(force_rollback=True):
        connection.execute("update level set is_low = 1 - is_low where patient = (select min(patient) from level)")
        connection.execute(check)
        assert connection.execute(wrong).fetchall() == [("level",)]


@needs_server
def test_rule_tables_on_postgres(loaded: Any) -> None:
    """Every text table of tests/rules, whose expected rows were written from the meaning."""
    connection, _ = loaded
    by_name = {rule.name: rule for rule in rules()}
    texts: dict[str, str] = {}
    for name in (*TABLES, *INPUTS, *by_name):
        connection.execute(f'delete from "{name}"')
    for file in TEXT_TABLES:
        for case in tables.cases(file):
            with connection.transaction(force_rollback=True):
                for name, table in case.given.items():
                    _fill(connection, name, table)
                for name, (columns, _) in case.expect.items():
                    if name not in texts:
                        texts[name] = export_sql.written(export_sql.select(by_name[name], "postgres"), "postgres")
                    listed = ", ".join(f'"{column}"' for column in columns)
                    made = connection.execute(f"select {listed} from ({texts[name]}) as made").fetchall()
                    assert sorted(made, key=repr) == tables.expected(case)[name], f"{file.stem}: {case.about}"


def _fill(connection: Any, name: str, table: tables.Table) -> None:
    known = tables.types(name)
    blank = {c: "" if name in TABLES and t == "VARCHAR" else None for c, t in known.items()}
    columns, rows = table
    connection.execute(f'delete from "{name}"')
    for row in rows:
        full = blank | {c: tables.value(cell, known[c]) for c, cell in zip(columns, row, strict=True)}
        connection.execute(f'insert into "{name}" values ({", ".join(["%s"] * len(full))})', list(full.values()))


@pytest.mark.parametrize("dialect", [name for name in export_sql.DIALECTS if name not in export_sql.RUN])
def test_other_dialects_are_labelled_and_parse(dialect: str) -> None:
    assert "GENERATED, NOT RUN" in export_sql.head(dialect)
    for rule in rules()[:: many(9, 1)]:
        text = export_sql.written(export_sql.select(rule, dialect), dialect)
        sqlglot.parse_one(text, dialect=export_sql.DIALECTS[dialect][0])


def test_words_and_codes_of_a_site(tmp_path: Path) -> None:
    (tmp_path / "texts.csv").write_text("kind,text\nmedications,omeprazole 20 mg\nconditions,no seizure\n", "utf-8")
    (tmp_path / "codes.csv").write_text("system,code\nloinc,19123-9\n", "utf-8")
    export_sql.words(tmp_path / "texts.csv", tmp_path / "codes.csv", tmp_path / "out")
    with (tmp_path / "out" / "said.csv").open(encoding="utf-8", newline="") as file:
        said = {(row["text"], row["concept"], row["negated"]) for row in csv.DictReader(file)}
    assert {("omeprazole 20 mg", "omeprazole", "0"), ("no seizure", "seizure", "1")} <= said
    coded = (tmp_path / "out" / "coded.csv").read_text("utf-8")
    assert "loinc,19123-9,magnesium,analyte" in coded
