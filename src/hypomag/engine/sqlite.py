"""The rules on SQLite: one patient at the bedside, in memory, in a few milliseconds.

The tables are made once a connection; a request is one transaction that is rolled back when its answer is read, so
nothing of a patient stays.
"""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any

from hypomag import knowledge
from hypomag.engine.texts import INPUTS, Rule, needed, rules
from hypomag.record import TABLES

OLDEST = (3, 35, 0)
_SAME_PATIENT_TOO = re.compile(r"\b\w+\.patient = \w+\.patient and | and \w+\.patient = \w+\.patient\b")
_SAME_PATIENT = re.compile(r"\bon \w+\.patient = \w+\.patient\b")
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
        order: tuple[Rule, ...] = rules()
        self.db = sqlite3.connect(
            ":memory:", isolation_level=None, cached_statements=4 * len(order) + 64, check_same_thread=False
        )
        self.db.execute("pragma temp_store = memory")  # what WITH and sorting need would go through files
        self._lend_mathematics()
        self._inputs = self._make_inputs(order)
        self._make_knowledge()
        for rule in order:
            self.db.execute(f"create table {rule.name} as select * from ({rule.sql}) limit 0")  # only the columns
        self._tell_the_planner(order)
        self._inserts: dict[tuple[tuple[str, ...], bool], list[str]] = {}

    def _lend_mathematics(self) -> None:
        """SQLite's own functions where they were compiled in, otherwise Python's, which call the same C library."""
        for name, function in _MATH.items():
            arguments = 2 if name == "power" else 1
            try:
                self.db.execute(f"select {name}({', '.join(['0.5'] * arguments)})")
            except sqlite3.OperationalError:
                self.db.create_function(name, arguments, _or_null(function), deterministic=True)

    def _make_inputs(self, order: Iterable[Rule]) -> dict[str, tuple[str, itemgetter[Any]]]:
        """The tables of a request: only the columns that some rule names are kept, which halves the loading."""
        named = {word for rule in order for word in re.findall(r"\w+", rule.sql)}
        inputs = {}
        for name, columns in (TABLES | INPUTS).items():
            kept = [n for n, column in enumerate(columns) if column in named]
            self._make(name, {c: t for c, t in columns.items() if c in named})
            inputs[name] = (f"insert into {name} values ({', '.join('?' * len(kept))})", itemgetter(*kept))
        return inputs

    def _make_knowledge(self) -> None:
        for name, table in knowledge.load().tables.items():
            self._make(name, table.columns)
            marks = ", ".join("?" * len(table.columns))
            self.db.executemany(f"insert into {name} values ({marks})", table.rows)
            if table.key:
                self.db.execute(f"create index {name}_key on {name} ({', '.join(map(_quoted, table.key))})")

    def _tell_the_planner(self, order: Iterable[Rule]) -> None:
        """SQLite plans joins by guessed sizes. It counts the knowledge; a patient brings some hundred rows of record and
        facts and a few of everything else: told so, it starts at the patient and never scans rows against rows."""
        facts = [rule.name for rule in order if rule.family == "facts"]
        few = [rule.name for rule in order if rule.family != "facts"]
        guessed = [(name, "200") for name in (*self._inputs, *facts)] + [(name, "10") for name in few]
        self.db.execute("analyze")
        self.db.executemany("delete from sqlite_stat1 where tbl = ?", [(name,) for name, _ in guessed])
        self.db.executemany("insert into sqlite_stat1 values (?, null, ?)", guessed)
        self.db.execute("analyze sqlite_schema")

    def _make(self, name: str, columns: Mapping[str, str]) -> None:
        self.db.execute(f"create table {name} ({', '.join(f'{_quoted(c)} {_TYPES[t]}' for c, t in columns.items())})")

    def run(self, tables: Mapping[str, Iterable[tuple[Any, ...]]], wanted: Iterable[str]) -> dict[str, list[dict]]:
        """Run what the wanted relations need on `tables` (record and inputs, rows as tuples) and return them."""
        wanted, asked = tuple(wanted), list(tables["asked"])
        tables, is_one = {**tables, "asked": asked}, len(asked) == 1
        if (wanted, is_one) not in self._inserts:
            texts = [(rule.name, for_one(rule.sql) if is_one else rule.sql) for rule in needed(wanted)]
            self._inserts[wanted, is_one] = [f"insert into {name} {sql}" for name, sql in texts]
        self.db.execute("begin")
        try:
            for name, rows in tables.items():
                insert, kept = self._inputs[name]
                self.db.executemany(insert, map(kept, rows))
            for insert in self._inserts[wanted, is_one]:
                self.db.execute(insert)
            return {name: self._read(name) for name in wanted}
        finally:
            self.db.execute("rollback")

    def _read(self, name: str) -> list[dict]:
        cursor = self.db.execute(f"select * from {name}")
        columns = [c[0] for c in cursor.description]
        return [dict(zip(columns, row)) for row in cursor.fetchall()]  # noqa: B905  # as long as each other


def for_one(sql: str) -> str:
    """The text of a rule where there is one patient only: that two facts are of the same patient is no question. What asks
    it again in every join costs the planner a search, and an index that tells nothing apart."""
    sql = _SAME_PATIENT_TOO.sub("", sql)
    return _SAME_PATIENT.sub("on 1", sql)


def _quoted(column: str) -> str:
    return f'"{column}"'
