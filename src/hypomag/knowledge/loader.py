"""Reads the tables of knowledge/ and limits.toml as each folder's schema.toml describes them.

Refuses, in a sentence, what does not fit. A table's file stands beside the schema.toml that describes it.
"""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from hypomag.knowledge import checks
from hypomag.knowledge.values import SCALE, SECONDS, KnowledgeError, reader, scaled, whole

Folder = Traversable | Path
Column = tuple[str, str, Callable[[str], Any], bool]  # kind, SQL type, reader, may be empty
LIMITS, SCHEMA = "limits.toml", "schema.toml"
LIMIT_FIELDS = {"value", "unit", "analyte", "meaning", "source", "standing", "reviewed"}
TIMES = {"s": 1, "min": SECONDS["minutes"], "h": SECONDS["hours"], "d": SECONDS["days"]}


@dataclass(frozen=True)
class Table:
    """One knowledge table: SQL types by column, rows as tuples in file order, and what schema.toml says of it."""

    name: str
    columns: dict[str, str]
    rows: list[tuple[Any, ...]]
    kinds: dict[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    meaning: str = ""
    needs_seen: tuple[str, ...] = ()
    lines: list[int] = field(default_factory=list)

    def dicts(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def column(self, name: str) -> list[Any]:
        place = list(self.columns).index(name)
        return [row[place] for row in self.rows]


@dataclass(frozen=True)
class Knowledge:
    """Everything known. `tables[name]` is what rules read by that name; read-only by agreement."""

    tables: dict[str, Table]
    sources: dict[str, dict[str, Any]]
    limits_rows: list[dict[str, Any]]
    version: str
    ignored: tuple[str, ...]  # files that no schema.toml describes: other rooms read them


@cache
def load() -> Knowledge:
    """The knowledge of this package, read once."""
    return read(files("hypomag") / "knowledge")


def read(folder: Folder) -> Knowledge:
    """The knowledge in `folder`. Raises KnowledgeError, a sentence with file and line, at the first fault."""
    present = _present(folder)
    schema = _schema({path: file for path, file in present.items() if path.rpartition("/")[2] == SCHEMA})
    digest = hashlib.sha256()
    tables: dict[str, Table] = {}
    limits_rows: list[dict[str, Any]] = []
    for name in sorted(schema):
        beside, section = schema[name]
        file = f"{beside}{name}.csv"
        if file not in present:
            raise KnowledgeError(f"{file} is missing, but the schema.toml beside it describes it: add it")
        data = present[file].read_bytes()
        digest.update(file.encode() + b"\0" + data)
        tables[name] = _table(name, section, data.decode("utf-8"))
    if LIMITS in present:
        data = present[LIMITS].read_bytes()
        digest.update(LIMITS.encode() + b"\0" + data)
        limits_rows = _limits(data.decode("utf-8"))
    checks.add_concepts(tables)
    checks.all_of(tables, limits_rows)
    if limits_rows:
        tables["limits"] = _one_row(limits_rows)
    used = {f"{beside}{name}.csv" for name, (beside, _) in schema.items()} | {LIMITS}
    return Knowledge(
        tables,
        {row["source"]: row for row in tables["sources"].dicts()} if "sources" in tables else {},
        limits_rows,
        digest.hexdigest()[:12],
        tuple(sorted(path for path in present.keys() - used if path.rpartition("/")[2] != SCHEMA)),
    )


def _present(folder: Folder) -> dict[str, Folder]:
    """The tables and schemas of the folder and of those in it, by their path."""
    found: dict[str, Folder] = {}
    for file in folder.iterdir():
        if file.is_dir():
            found |= {f"{file.name}/{path}": inner for path, inner in _present(file).items()}
        elif file.name.endswith((".csv", ".toml")):
            found[file.name] = file
    return found


def _schema(files: dict[str, Folder]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Each table's folder ("" or ending in /) and section; a table is described once."""
    merged: dict[str, tuple[str, dict[str, Any]]] = {}
    for path in sorted(files):
        try:
            sections = tomllib.loads(files[path].read_text("utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise KnowledgeError(f"{path} is not TOML: {error}") from None
        for table in sections.keys() & merged.keys():
            raise KnowledgeError(f"{path} describes {table}, which another schema file describes already")
        merged |= {table: (path.removesuffix(SCHEMA), section) for table, section in sections.items()}
    return merged


def _columns(name: str, section: dict[str, Any]) -> dict[str, Column]:
    columns = {}
    for column, written in section["columns"].items():
        kind = written.removesuffix("?")
        try:
            sql, read_cell = reader(kind)
        except ValueError as error:
            raise KnowledgeError(f"schema.toml: {name}.{column} {error}") from None
        columns[column] = (kind, sql, read_cell, written.endswith("?"))
    return columns


def _table(name: str, section: dict[str, Any], text: str) -> Table:
    columns = _columns(name, section)
    lines = text.splitlines()
    above = 0
    while above < len(lines) and lines[above].startswith("#"):
        above += 1
    cells = csv.reader(lines[above:], strict=True)
    written, numbers = [], []
    try:
        header = next(cells, [])
        _check_header(name, header, columns)
        for row in cells:
            numbers.append(above + cells.line_num)
            written.append(row)
            if len(row) != len(header):
                where = f"{name}.csv line {numbers[-1]}"
                raise KnowledgeError(f"{where} has {len(row)} cells, the header {len(header)}: quote what has a comma")
    except csv.Error as error:
        raise KnowledgeError(f"{name}.csv line {above + cells.line_num} is not CSV: {error}") from None
    read_columns = [
        _cells(f"{name}.csv", numbers, column, columns[column], texts)
        for column, texts in zip(header, zip(*written, strict=True), strict=False)
    ]
    rows = list(zip(*read_columns, strict=True))
    return Table(
        name,
        {c: columns[c][1] for c in header},
        rows,
        {c: columns[c][0] for c in header},
        tuple(section["key"]),
        section["meaning"],
        tuple(section.get("needs_seen", ())),
        numbers,
    )


def _check_header(name: str, header: list[str], columns: dict[str, Any]) -> None:
    for column in header:
        if column not in columns:
            raise KnowledgeError(f"{name}.csv has the column {column!r}, which schema.toml does not describe")
    for column in columns:
        if column not in header:
            raise KnowledgeError(f"{name}.csv lacks the column {column!r} that schema.toml describes")


def _cells(file: str, numbers: list[int], column: str, kind: Column, texts: tuple[str, ...]) -> list[Any]:
    """The values of one column; each different text is read once."""
    _, _, read_cell, may_be_empty = kind
    values: dict[str, Any] = {}
    for text in dict.fromkeys(texts):
        try:
            if not text and not may_be_empty:
                raise ValueError("is empty and must not be")
            values[text] = read_cell(text) if text else None
        except ValueError as error:
            said = f"{text!r} {error}" if text else str(error)
            raise KnowledgeError(f"{file} line {numbers[texts.index(text)]}: {column} {said}") from None
    return [values[text] for text in texts]


def _limits(text: str) -> list[dict[str, Any]]:
    """limits.toml, one dict a limit: name, value as rules see it (1/10000, seconds, or a count, by unit), ..."""
    try:
        written = tomllib.loads(text, parse_float=str)
    except tomllib.TOMLDecodeError as error:
        raise KnowledgeError(f"limits.toml is not TOML: {error}") from None
    rows = []
    for name, limit in written.items():
        where = f"limits.toml [{name}]"
        unknown = limit.keys() - LIMIT_FIELDS
        if unknown:
            raise KnowledgeError(f"{where} has the unknown field {sorted(unknown)[0]!r}")
        for needed in ("value", "unit", "meaning", "source", "standing", "reviewed"):
            if limit.get(needed) in (None, ""):
                raise KnowledgeError(f"{where} has no {needed}")
        rows.append({"name": name, "analyte": None} | limit | {"value": _limit_value(where, limit)})
    return rows


def _limit_value(where: str, limit: dict[str, Any]) -> int:
    text, unit = str(limit["value"]), limit["unit"]
    try:
        if unit == "count":
            return whole(text)
        if unit in TIMES:
            return scaled(text, TIMES[unit])
        return scaled(text)
    except ValueError as error:
        raise KnowledgeError(f"{where}: value {text!r} {error}") from None


def _one_row(limits_rows: list[dict[str, Any]]) -> Table:
    return Table(
        "limits",
        {row["name"]: "bigint" for row in limits_rows},
        [tuple(row["value"] for row in limits_rows)],
        meaning=f"Every limit in one row: whole 1/{SCALE}, whole seconds, or counts, by unit",
    )
