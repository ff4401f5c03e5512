"""SQLite and DuckDB give equal cells in every relation, on people near every limit, every input missing in turn."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests import people, spine
from tests.many import many

from hypomag.engine.sqlite import Bedside
from hypomag.engine.texts import rules
from hypomag.record import TABLES, seal

COLUMNS = [
    (table, column)
    for table, columns in TABLES.items()
    for column in columns
    if column not in {"patient", "row", "source_ref", "file", "line", "of_row"}
]


def with_gaps(person: people.Person, table: str, column: str) -> people.Person:
    return [(t, {c: v for c, v in columns.items() if (t, c) != (table, column)}) for t, columns in person]


def cells(rows: list[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(row.values()) for row in rows)


def parts(tables: spine.Inputs, patients: int) -> Iterator[spine.Inputs]:
    """The same inputs, some patients at a time, as SQLite meets them."""
    for first in range(0, len(tables["asked"]), patients):
        own = {row[0] for row in tables["asked"][first : first + patients]}
        yield {
            name: rows if name in ("said", "coded", "choice") else [row for row in rows if row[0] in own]
            for name, rows in tables.items()
        }


def test_both_engines_give_equal_cells() -> None:
    crowd = people.crowd(41, many(400, 20_000))
    for n, patient in enumerate(crowd):
        if n % 3:  # a third keeps everything
            crowd[patient] = with_gaps(crowd[patient], *COLUMNS[n % len(COLUMNS)])
    tables = spine.inputs(seal(people.record_of(crowd)), people.NOW)
    names = [rule.name for rule in rules()]
    ward = spine.on_duckdb(tables, names)
    bedside = {name: Counter[tuple[Any, ...]]() for name in names}
    for part in parts(tables, 40):
        for name, rows in spine.on_sqlite(part, names).items():
            of_patients = not rows or "patient" in rows[0]
            bedside[name] = bedside[name] + cells(rows) if of_patients else bedside[name] | cells(rows)
    differ = {}
    for name in names:
        one, other = bedside[name], cells(ward[name])
        if one != other:
            differ[name] = {"only sqlite": one - other, "only duckdb": other - one}
    assert differ == {}
    assert sum(len(rows) for rows in ward.values()) > 100 * len(crowd)


def test_one_patient_alone_is_answered_as_among_others() -> None:
    """At the bedside the rules do not ask again whether two facts are of the same patient."""
    crowd = people.crowd(43, many(60, 2_000))
    tables = spine.inputs(seal(people.record_of(crowd)), people.NOW)
    names = [rule.name for rule in rules()]
    bedside = Bedside()
    for part in parts(tables, 1):
        alone, among = bedside.run(part, names), spine.on_sqlite(part, names)
        assert {name: cells(rows) for name, rows in alone.items()} == {n: cells(rows) for n, rows in among.items()}
