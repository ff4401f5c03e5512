"""Rules tested on tables drawn as text, run on every engine.

A file tests/rules/<family>/<relation>.txt holds one or more cases:

    # what this case shows
    given measured
    patient | row | analyte   | why_not
    1       | 7   | magnesium |
    expect magnesium_reading
    patient | row
    1       | 7

Columns that a given table does not name are NULL (texts of record tables: empty). An empty cell is NULL, '' the empty
text. Knowledge tables hold the real knowledge unless given. Only the columns that `expect` names are compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from hypomag.engine.duckdb import Ward
from hypomag.engine.sqlite import Bedside
from hypomag.engine.texts import INPUTS, rules
from hypomag.record import TABLES

Table = tuple[list[str], list[list[str]]]


@dataclass
class Case:
    about: str
    given: dict[str, Table] = field(default_factory=dict)
    expect: dict[str, Table] = field(default_factory=dict)


def cases(file: Path) -> list[Case]:
    found: list[Case] = []
    columns: list[str] = []
    rows: list[list[str]] = []
    for n, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        if line.startswith("#"):
            if found and not found[-1].given and not found[-1].expect:
                found[-1].about += " " + line[1:].strip()
            else:
                found.append(Case(line[1:].strip()))
        elif line.startswith(("given ", "expect ")):
            kind, name = line.split()
            columns, rows = [], []
            (found[-1].given if kind == "given" else found[-1].expect)[name] = (columns, rows)
        elif line.strip():
            cells = [cell.strip() for cell in line.split("|")]
            if not columns:
                columns += cells
            elif len(cells) == len(columns):
                rows.append(cells)
            else:
                raise ValueError(f"{file} line {n} has {len(cells)} cells, its header {len(columns)}")
    return found


@cache
def _ward() -> Ward:
    ward = Ward(any_word=True)
    for name, columns in (TABLES | INPUTS).items():
        ward.make(name, columns, ())
    ward.make_relations()
    return ward


@cache
def _bedside() -> Bedside:
    return Bedside()


ENGINES = {"sqlite": lambda: _bedside().db, "duckdb": lambda: _ward().db}


@cache
def types(name: str) -> dict[str, str]:
    """Column types of a table or relation, as DuckDB sees them."""
    rows = _ward().db.execute(f"describe {name}").fetchall()
    return {row[0]: row[1] for row in rows}


def value(cell: str, sqltype: str) -> Any:
    if cell == "":
        return None
    if sqltype == "VARCHAR":
        return cell.strip("'")
    return float(cell) if sqltype == "DOUBLE" else int(cell)


def insert(db: Any, name: str, table: Table) -> None:
    known = types(name)
    kept = [c[0] for c in db.execute(f"select * from {name} limit 0").description]  # an engine keeps what rules read
    blank = {c: "" if name in TABLES and t == "VARCHAR" else None for c, t in known.items()}
    columns, rows = table
    db.execute(f"delete from {name}")
    for row in rows:
        full = blank | {c: value(cell, known[c]) for c, cell in zip(columns, row, strict=True)}
        db.execute(f"insert into {name} values ({', '.join('?' * len(kept))})", [full[c] for c in kept])


def run(engine: str, case: Case) -> dict[str, list[tuple[Any, ...]]]:
    """The rows each expected relation gives, cut to the expected columns, sorted."""
    db = ENGINES[engine]()
    sql = {rule.name: rule.sql for rule in rules()}
    db.execute("begin")
    try:
        for name, table in case.given.items():
            insert(db, name, table)
        return {
            name: sorted(db.execute(f"select {', '.join(columns)} from ({sql[name]}) as made").fetchall(), key=repr)
            for name, (columns, _) in case.expect.items()
        }
    finally:
        db.execute("rollback")


def expected(case: Case) -> dict[str, list[tuple[Any, ...]]]:
    return {
        name: sorted(
            (tuple(value(cell, types(name)[c]) for c, cell in zip(columns, row, strict=True)) for row in rows), key=repr
        )
        for name, (columns, rows) in case.expect.items()
    }
