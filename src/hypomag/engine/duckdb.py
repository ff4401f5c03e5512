"""The rules on DuckDB: the same texts for a population. Each relation becomes a table, made once and read often.

The words of the knowledge (ids, names, units) are kept as numbers, in an enum sorted as texts are: millions of rows
carry two bytes where they carried a text, and compare and sort as before.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from typing import Any

import duckdb

from hypomag import knowledge
from hypomag.engine.texts import INPUTS, Rule, needed, read_once, rules
from hypomag.record import TABLES

KINDS = """select table_name, case table_type when 'VIEW' then 'view' else 'table' end
  from information_schema.tables where table_schema = current_schema()"""
TYPES = {"bigint": "BIGINT", "double": "DOUBLE", "text": "VARCHAR"}
WORDED = {"said": ("concept", "concept_kind"), "coded": ("concept", "concept_kind")}  # inputs that hold such words

ALSO = ("unit", "remark", "fact")  # columns of knowledge that hold words of ours, whatever their schema calls them
MADE = re.compile(r"(?<=then )'[^']*'|'[^']*'(?= as )")  # a word that a rule itself puts into a column


def is_word(table: knowledge.Table, column: str) -> bool:
    """A column of ids, or of what may be chosen; not one of sentences, sources or codes of others."""
    kind = table.kinds.get(column, "")
    return table.columns[column] == "text" and (column in ALSO or kind.startswith(("id", "ref:", "choice[")))


def words() -> set[str]:
    """Every id of the knowledge, and every word the rules write themselves."""
    tables = knowledge.load().tables.values()
    ids = {word for table in tables for c in table.columns if is_word(table, c) for word in table.column(c)}
    return (ids | {word for rule in rules() for word in rule.words}) - {None}


class Ward:
    """One DuckDB connection with knowledge in place, loaded once; record and inputs are tables the caller fills.

    path and settings are DuckDB's own: threads, memory_limit, temp_directory. any_word: knowledge tables may be given
    words that the knowledge does not have; then all words stay texts.
    """

    def __init__(self, path: str = ":memory:", *, any_word: bool = False, **settings: Any) -> None:
        self.db = duckdb.connect(path, config=settings)
        self.db.execute(
            "set parquet_metadata_cache = true"
        )  # a dozen rules read each file; the foot of a large one is long
        self.any_word = any_word
        if not any_word:
            self.db.execute("create type word as enum (select unnest(?) order by 1)", [sorted(words())])
        for name, table in knowledge.load().tables.items():
            self.make(name, table.columns, table.rows)

    def make(self, name: str, columns: Mapping[str, str], rows: Iterable[tuple[Any, ...]] = ()) -> None:
        typed = ", ".join(f'"{c}" {self._type(name, c, t)}' for c, t in columns.items())
        self.db.execute(f"create or replace table {name} ({typed})")
        self.fill(name, columns, rows)

    def _type(self, table: str, column: str, kind: str) -> str:
        known = knowledge.load().tables
        numbered = column in WORDED.get(table, ()) or (table in known and is_word(known[table], column))
        return "word" if numbered and not self.any_word else TYPES[kind]

    def fill(self, name: str, columns: Mapping[str, str], rows: Iterable[tuple[Any, ...]]) -> None:
        """Add rows to a table: a list a column, which is a hundred times faster than a row at a time."""
        lists = [list(column) for column in zip(*rows, strict=True)]
        if lists:
            each = ", ".join(f"unnest(?::{TYPES[t]}[])" for t in columns.values())
            self.db.execute(f"insert into {name} select {each}", lists)

    def run(self, tables: Mapping[str, Iterable[tuple[Any, ...]]], wanted: Iterable[str]) -> dict[str, list[dict]]:
        """Run every rule on `tables` (record and inputs, rows as tuples) and return the wanted relations."""
        for name, columns in (TABLES | INPUTS).items():
            self.make(name, columns, tables.get(name, ()))
        self.make_relations()
        return {name: self.read(f"select * from {name}") for name in wanted}

    def make_relations(
        self, wanted: Iterable[str] | None = None, given: Container[str] = (), *, once: bool = False
    ) -> None:
        """Run the rules that the wanted relations need, every rule where nothing is said; what is given is made already.

        Unwanted relations that are read once stay views: nothing is stored of them, and DuckDB joins through them.
        once: the caller reads each wanted relation a single time, so that these may be views too.
        """
        kept = None if wanted is None else set(wanted)
        order = rules() if kept is None else needed(kept, given)
        views = set() if kept is None else read_once(order, kept) if once else read_once(order) - kept
        made = dict(self.db.execute(KINDS).fetchall())
        for rule in order:
            kind = "view" if rule.name in views else "table"
            if made.get(rule.name, kind) != kind:
                self.db.execute(f"drop {made[rule.name]} {rule.name}")
            self.db.execute(f"create or replace {kind} {rule.name} as {self._worded(rule)}")

    def _worded(self, rule: Rule) -> str:
        """The text of a rule whose own words are numbers too."""
        return rule.sql if self.any_word else MADE.sub(r"\g<0>::word", rule.sql)

    def columns(self, name: str) -> dict[str, str]:
        """The columns of a table or relation: varchar, enum, bigint, ..."""
        return {column: kind.id for column, kind, *_ in self.db.execute(f"from {name} limit 0").description}

    def read(self, sql: str) -> list[dict]:
        """The rows of a query as dicts."""
        cursor = self.db.execute(sql)
        columns = [c[0] for c in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
