"""Facts of a population on their way into the record: lifted by SQL, kept as Parquet in buckets by patient.

A reader of a population lifts one unit of its input (a file, a part of one) after the other. A unit is written beside
its place and renamed when whole, so that a stop at any moment leaves either all of it or nothing.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from hypomag.record import TABLES

SQL_TYPE = {"bigint": "BIGINT", "double": "DOUBLE", "text": "VARCHAR"}
REJECTS = {"file": "text", "line": "bigint", "source_ref": "text", "reason": "text"}
# fact_key tells a fact from every other of its unit, so that its further codes (codings.of_row) find it again.
STAGED = {name: {**columns, "patient": "text", "fact_key": "bigint"} for name, columns in TABLES.items()} | {
    "rejects": REJECTS,
    # not lifted yet; name: Type/id
    "lines": {"patient": "text", "name": "text", "file": "text", "line": "bigint", "text": "text"},
    "worded": {  # lifted with what their wording says (lifted.py)
        "patient": "text", "name": "text", "file": "text", "line": "bigint", "key": "bigint", "order": "text",
        "specimen": "text", "value0": "text", "value1": "text", "time0": "bigint", "time1": "bigint", "time2": "bigint",
    },
    "again": {"file": "text", "line": "bigint"},  # whose facts do not count, because they are lifted again
}  # fmt: skip

UNSHARED = ("rejects", "again")  # of no patient
SPARSE = ("worded",)  # a column that no line of a part fills is not written


@dataclass
class Counts:
    """What became of the pieces of one unit: received = lifted + the sum of ignored + rejected."""

    received: int = 0
    lifted: int = 0
    rejected: int = 0
    ignored: Counter[str] = field(default_factory=Counter)


@dataclass
class Unit:
    """One piece of the input while it is lifted."""

    db: duckdb.DuckDBPyConnection
    folder: Path
    buckets: int
    counts: Counts = field(default_factory=Counts)
    parts: Counter[str] = field(default_factory=Counter)

    def put(self, table: str, source: str, **columns: str) -> int:
        """Write the facts that SQL expressions lift from `source` (after FROM); returns how many.

        columns: an SQL expression each for `patient` (the source's id) and what the source says; the rest is absent.
        """
        unknown = columns.keys() - STAGED[table].keys()
        if unknown:
            raise KeyError(f"{table} has no column {sorted(unknown)}")
        written = {c: kind for c, kind in STAGED[table].items() if c in columns or table not in SPARSE}
        typed = ", ".join(f'{_typed(columns.get(c), kind)} as "{c}"' for c, kind in written.items())
        if table in UNSHARED:
            select, how = f"select {typed} from {source}", "format parquet"
        else:
            select = f"select {typed}, hash(({columns['patient']})::varchar) % {self.buckets} as bucket from {source}"
            how = "format parquet, partition_by (bucket), overwrite_or_ignore"
        self.parts[table] += 1
        place = self.folder / f"{table}-{self.parts[table]}"
        target = place.with_suffix(".parquet") if table in UNSHARED else place
        (n,) = self.db.execute(f"copy ({select}) to '{quoted(target)}' ({how})").fetchall()[0]
        if table == "rejects":
            self.counts.rejected += n
        return n

    def of_rows(self, tables: dict[str, list[tuple[Any, ...]]]) -> None:
        """Write facts lifted in Python: rows in the order of STAGED's columns."""
        for table, rows in tables.items():
            if rows:
                names = list(STAGED[table])
                each = ", ".join(f'unnest(?::{SQL_TYPE[t]}[]) as "{c}"' for c, t in STAGED[table].items())
                lists = [list(column) for column in zip(*rows, strict=True)]
                self.db.execute(f"create or replace temp table in_hand as select {each}", lists)
                self.put(table, "in_hand", **{name: f'"{name}"' for name in names})

    def keep(self, name: str, types: dict[str, str], rows: list[tuple[Any, ...]]) -> None:
        """Write rows that are no facts of a patient, for Stage.kept."""
        each = ", ".join(f'unnest(?::{SQL_TYPE.get(t, t)}[]) as "{c}"' for c, t in types.items())
        self.parts[name] += 1
        target = quoted(self.folder / f"{name}-{self.parts[name]}.parquet")
        self.db.execute(
            f"copy (select {each}) to '{target}' (format parquet)", [list(c) for c in zip(*rows, strict=True)]
        )


def _typed(expression: str | None, kind: str) -> str:
    if kind == "text":
        return "''" if expression is None else f"coalesce(({expression})::varchar, '')"
    return f"null::{SQL_TYPE[kind]}" if expression is None else f"({expression})::{SQL_TYPE[kind]}"


def quoted(path: Path | str) -> str:
    return str(path).replace("'", "''")


@dataclass
class Stage:
    """A folder of lifted units."""

    db: duckdb.DuckDBPyConnection
    folder: Path
    buckets: int

    def is_done(self, name: str) -> bool:
        """Whether the unit has been lifted already."""
        return (self.folder / name).exists()

    @contextmanager
    def unit(self, name: str) -> Iterator[Unit | None]:
        """The unit to fill, or None where it has been lifted already."""
        place = self.folder / name
        if self.is_done(name):
            yield None
            return
        begun = self.folder / f"{name}.part"
        shutil.rmtree(begun, ignore_errors=True)
        begun.mkdir(parents=True)
        unit = Unit(self.db, begun, self.buckets)
        yield unit
        (begun / "counts.json").write_text(
            json.dumps({**vars(unit.counts), "ignored": +unit.counts.ignored}, sort_keys=True), "utf-8"
        )
        settle(begun)
        os.replace(begun, place)

    def counts(self) -> Counts:
        """The counts of all units together."""
        total = Counts()
        for file in sorted(self.folder.glob("*/counts.json")):
            found = json.loads(file.read_text("utf-8"))
            total.received += found["received"]
            total.lifted += found["lifted"]
            total.rejected += found["rejected"]
            total.ignored.update(found["ignored"])
        return total

    def rejects(self) -> str:
        """What FROM reads for the rejects of all units."""
        return _union("rejects", sorted(self.folder.glob("*/rejects-*.parquet")))

    def kept(self, name: str) -> str:
        """The files that Unit.keep wrote under a name, as SQL lists them; empty where there is none."""
        return ", ".join(f"'{quoted(file)}'" for file in sorted(self.folder.glob(f"*/{name}-*.parquet")))

    def everywhere(self, table: str) -> str:
        """What FROM reads for the staged facts of a table in all buckets."""
        return _union(table, sorted(self.folder.glob(f"*/{table}-*/bucket=*/*.parquet")))

    def facts(self, table: str, bucket: int) -> str:
        """What FROM reads for the staged facts of a table in one bucket."""
        found = _union(table, sorted(self.folder.glob(f"*/{table}-*/bucket={bucket}/*.parquet")))
        again = sorted(self.folder.glob("again/again-*.parquet"))
        if again and table != "lines":
            return f"(select f.* from {found} f anti join {_union('again', again)} a on a.file = f.file and a.line = f.line)"
        return found


def _union(table: str, files: list[Path]) -> str:
    blank = ", ".join(f'null::{SQL_TYPE[t]} as "{c}"' for c, t in STAGED[table].items())
    if not files:
        return f"(select {blank} where false)"
    names = ", ".join(f"'{quoted(file)}'" for file in files)
    if table in SPARSE:
        held = f"read_parquet([{names}], hive_partitioning = false, union_by_name = true)"
        return f"(select {blank} where false union all by name from {held})"
    return f"read_parquet([{names}], hive_partitioning = false)"


def settle(folder: Path) -> None:
    """Have every file of a folder on the disk before its name counts."""
    for path in [*folder.rglob("*"), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
