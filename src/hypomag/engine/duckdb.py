"""The rules on DuckDB: the same texts for a population. Each relation becomes a table, made once and read often."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import duckdb

from hypomag import knowledge
from hypomag.engine.texts import INPUTS, rules
from hypomag.record import TABLES

_TYPES = {"bigint": "BIGINT", "double": "DOUBLE", "text": "VARCHAR"}


class Ward:
    """One DuckDB connection with knowledge in place; record and inputs are tables or views the caller makes."""

    def __init__(self, path: str = ":memory:", **settings: Any) -> None:
        self.db = duckdb.connect(path, config=settings)
        for name, table in knowledge.load().tables.items():
            self.make(name, table.columns, table.rows)

    def make(self, name: str, columns: Mapping[str, str], rows: Iterable[tuple[Any, ...]]) -> None:
        typed = ", ".join(f'"{c}" {_TYPES[t]}' for c, t in columns.items())
        self.db.execute(f"create or replace table {name} ({typed})")
        rows = list(rows)
        if rows:
            self.db.executemany(f"insert into {name} values ({', '.join('?' * len(columns))})", rows)

    def run(self, tables: Mapping[str, Iterable[tuple[Any, ...]]], wanted: Iterable[str]) -> dict[str, list[dict]]:
        """Run every rule on `tables` (record and inputs, rows as tuples) and return the wanted relations."""
        for name, columns in (TABLES | INPUTS).items():
            self.make(name, columns, tables.get(name, ()))
        self.make_relations()
        return {name: self._read(name) for name in wanted}

    def make_relations(self) -> None:
        for rule in rules():
            self.db.execute(f"create or replace table {rule.name} as {rule.sql}")

    def _read(self, name: str) -> list[dict]:
        cursor = self.db.execute(f"select * from {name}")
        columns = [c[0] for c in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
