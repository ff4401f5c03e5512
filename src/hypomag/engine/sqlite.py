"""The rules on SQLite: one patient at the bedside, in memory, in a few milliseconds.

The tables are made once a connection; a request is one transaction that is rolled back when its answer is read, so
nothing of a patient stays.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from hypomag import knowledge
from hypomag.engine.texts import INPUTS, Rule, rules
from hypomag.record import TABLES

OLDEST = (3, 35, 0)
_TYPES = {"bigint": "integer", "double": "real", "text": "text"}
_MATH = {"floor": math.floor, "exp": math.exp, "ln": math.log, "power": math.pow}


def _or_null(function: Any) -> Any:
    """SQL's way with NULL and with values outside the domain: the result is NULL."""

    def call(*values: Any) -> Any:
        if None in values:
            return None
        try:
            return function(*values)
        except (ValueError, OverflowError):
            return None

    return call


class Bedside:
    """One SQLite connection with knowledge and rules in place. Not for use by two threads at once."""

    def __init__(self) -> None:
        if sqlite3.sqlite_version_info < OLDEST:
            raise RuntimeError(f"SQLite {sqlite3.sqlite_version} is too old: hypomag needs 3.35 or newer")
        self.order: tuple[Rule, ...] = rules()
        self.db = sqlite3.connect(
            ":memory:",
            isolation_level=None,
            cached_statements=4 * len(self.order) + 64,
            check_same_thread=False,
        )
        for name, function in _MATH.items():
            arguments = 2 if name == "power" else 1
            self.db.create_function(name, arguments, _or_null(function), deterministic=True)
        for name, columns in (TABLES | INPUTS).items():
            self._make(name, columns)
        for name, table in knowledge.load().tables.items():
            self._make(name, table.columns)
            self._fill(name, table.columns, table.rows)
        for rule in self.order:
            self.db.execute(f"create table {rule.name} as {rule.sql}")
        self._inserts = [(rule.name, f"insert into {rule.name} {rule.sql}") for rule in self.order]

    def _make(self, name: str, columns: Mapping[str, str]) -> None:
        typed = ", ".join(f'"{c}" {_TYPES[t]}' for c, t in columns.items())
        self.db.execute(f"create table {name} ({typed})")

    def _fill(self, name: str, columns: Mapping[str, str], rows: Iterable[tuple[Any, ...]]) -> None:
        self.db.executemany(f"insert into {name} values ({', '.join('?' * len(columns))})", rows)

    def run(
        self, tables: Mapping[str, Iterable[tuple[Any, ...]]], wanted: Iterable[str]
    ) -> dict[str, list[dict]]:
        """Run every rule on `tables` (record and inputs, rows as tuples) and return the wanted relations."""
        self.db.execute("begin")
        try:
            for name, rows in tables.items():
                self._fill(name, (TABLES | INPUTS)[name], rows)
            for _, insert in self._inserts:
                self.db.execute(insert)
            return {name: self._read(name) for name in wanted}
        finally:
            self.db.execute("rollback")

    def _read(self, name: str) -> list[dict]:
        cursor = self.db.execute(f"select * from {name}")
        columns = [c[0] for c in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
