"""The project's own record as Parquet: a folder with one file, TABLE.parquet, for each table of the record.

Columns as in record.TABLES. The facts are sealed: `patient` is 1, 2, ..., `row` is numbered within each patient in the
order that record.seal gives, exact repeats are gone, and each file is sorted by patient, so that a range of patients
is read without the rest. A missing table has no facts; patients.parquet must be there.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from hypomag.read.staged import SQL_TYPE, quoted
from hypomag.record import TABLES, Refused


def inputs(source: Path) -> list[Path]:
    """The files of the folder that are read. Raises Refused where there are no patients."""
    files = [source / f"{name}.parquet" for name in TABLES]
    if not files[0].is_file():
        raise Refused(f"{source}: holds no patients.parquet; a record is a folder of Parquet files, one a table.")
    return [file for file in files if file.is_file()]


def check(db: duckdb.DuckDBPyConnection, source: Path) -> None:
    """Raises Refused, by file and column, where a table is not what the record says."""
    for file in inputs(source):
        try:
            found = {row[0]: row[1] for row in db.execute(f"describe from '{quoted(file)}'").fetchall()}
        except duckdb.Error as wrong:
            raise Refused(f"{file}: cannot be read as Parquet ({str(wrong).splitlines()[0]}).") from None
        for column, kind in TABLES[file.stem].items():
            if found.get(column) != SQL_TYPE[kind]:
                raise Refused(f"{file}: column {column} must be {SQL_TYPE[kind]}, not {found.get(column, 'missing')}.")


def patients(db: duckdb.DuckDBPyConnection, source: Path) -> int:
    """The number of patients, which are numbered from 1 without a hole. Raises Refused where they are not."""
    query = (
        f"select count(*), min(patient), max(patient), count(distinct patient) from '{quoted(source)}/patients.parquet'"
    )
    n, first, last, different = db.execute(query).fetchall()[0]
    if n and (first, last, different) != (1, n, n):
        raise Refused(f"{source}/patients.parquet: patients must be numbered 1 to {n}, each once.")
    return n


def fill(db: duckdb.DuckDBPyConnection, source: Path, first: int, last: int) -> None:
    """Make the record tables in `db` views of the patients `first` to `last`: only what is asked for is read."""
    for name, columns in TABLES.items():
        file = source / f"{name}.parquet"
        listed = ", ".join(f'"{c}"' for c in columns)
        if file.is_file():
            select = f"select {listed} from '{quoted(file)}' where patient between {first} and {last}"
        else:
            select = "select " + ", ".join(f'null::{SQL_TYPE[t]} as "{c}"' for c, t in columns.items()) + " where false"
        db.execute(f"create or replace view {name} as {select}")


def write(db: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write the sealed record tables of `db` as such a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, columns in TABLES.items():
        listed = ", ".join(f'"{c}"' for c in columns)
        select = f"select {listed} from {name} order by patient, row"
        db.execute(f"copy ({select}) to '{quoted(folder / name)}.parquet' (format parquet, compression zstd)")
