"""Runs only the rules that given relations need, for many patients at once, on either engine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any

from hypomag import knowledge
from hypomag.engine.duckdb import Ward
from hypomag.engine.sqlite import Bedside
from hypomag.engine.texts import INPUTS, needed
from hypomag.recognise import recognise
from hypomag.record import TABLES, Record, seal

Rows = list[dict[str, Any]]
Inputs = dict[str, list[tuple[Any, ...]]]


@cache
def _sqlite() -> Any:
    return Bedside().db


@cache
def _duckdb() -> Ward:
    return Ward(threads=2)


def inputs(sealed: Record, as_of: int, profile: str = "", scheme: str = "ctcae_v5") -> Inputs:
    said, coded, _ = recognise(sealed, knowledge.load())
    tables = {name: [tuple(fact.values()) for fact in facts] for name, facts in sealed.tables.items()}
    patients = [(fact["patient"], as_of) for fact in sealed.tables["patients"]]
    return tables | {"said": list(said), "coded": list(coded), "asked": patients, "choice": [(profile, scheme)]}


def on_sqlite(tables: Inputs, wanted: Iterable[str]) -> dict[str, Rows]:
    db = _sqlite()
    db.execute("begin")
    try:
        for name, rows in tables.items():
            columns = list((TABLES | INPUTS)[name])
            kept = [columns.index(c[0]) for c in db.execute(f"select * from {name} limit 0").description]
            marks = ", ".join("?" * len(kept))
            db.executemany(f"insert into {name} values ({marks})", ([row[n] for n in kept] for row in rows))
        for rule in needed(wanted):
            db.execute(f"insert into {rule.name} {rule.sql}")
        return {name: _dicts(db.execute(f"select * from {name}")) for name in wanted}
    finally:
        db.execute("rollback")


def on_duckdb(tables: Inputs, wanted: Iterable[str]) -> dict[str, Rows]:
    ward = _duckdb()
    for name, columns in (TABLES | INPUTS).items():
        ward.make(name, columns, tables.get(name, ()))
    ward.make_relations(wanted)
    return {name: _dicts(ward.db.execute(f"select * from {name}")) for name in wanted}


def _dicts(cursor: Any) -> Rows:
    columns = [c[0] for c in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def ask(
    record: Record, as_of: int, *wanted: str, profile: str = "", scheme: str = "ctcae_v5", engine: Any = None
) -> dict[str, dict[str, Rows]]:
    """relation -> the source's patient id -> rows. Many patients: DuckDB; few: SQLite."""
    sealed = seal(record)
    ids = {fact["patient"]: fact["id"] for fact in sealed.tables["patients"]}
    run = engine or (on_duckdb if len(ids) > 300 else on_sqlite)
    found: dict[str, dict[str, Rows]] = {name: defaultdict(list) for name in wanted}
    for name, rows in run(inputs(sealed, as_of, profile, scheme), wanted).items():
        for row in rows:
            found[name][ids[row["patient"]]].append(row)
    return found
