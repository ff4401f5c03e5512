"""Runs the rules of why on many made-up patients at once, from what is told and found to the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from hypomag.engine.duckdb import Ward
from hypomag.engine.sqlite import Bedside
from hypomag.engine.texts import Rule, rules

GIVEN = {
    "why_asked": {"patient": "bigint", "t": "bigint", "row": "bigint"},
    "cause_told": dict.fromkeys(("patient", "row", "counts", "dose"), "bigint") | {"cause": "text", "named": "text"},
    "patient_finding": {"patient": "bigint", "row": "bigint", "finding": "text", "value": "text"},
    "consequence": {"patient": "bigint", "row": "bigint", "explains": "bigint"}
    | dict.fromkeys(("finding", "value", "source"), "text"),
    "present": {"patient": "bigint", "row": "bigint", "concept": "text"},
    "kidney_unread": {"patient": "bigint", "from_t": "bigint", "until_t": "bigint"},
    "asked": {"patient": "bigint", "as_of": "bigint"},
}


@dataclass(frozen=True)
class Told:
    cause: str
    named: str
    counts: int = 10_000
    dose: int | None = None


@dataclass
class Person:
    """What is known of a made-up patient whose magnesium is low."""

    told: Sequence[Told] = ()
    findings: Mapping[str, str] = field(default_factory=dict)


def _rows(people: Sequence[Person]) -> dict[str, list[dict[str, Any]]]:
    given: dict[str, list[dict[str, Any]]] = {name: [] for name in GIVEN}
    for n, person in enumerate(people):
        given["why_asked"].append({"patient": n, "t": 0, "row": 0})
        given["asked"].append({"patient": n, "as_of": 0})
        for row, told in enumerate(person.told, 1):
            given["cause_told"].append({"patient": n, "row": row, **vars(told)})
        for row, (finding, value) in enumerate(person.findings.items(), 1_000):
            given["patient_finding"].append({"patient": n, "row": row, "finding": finding, "value": value})
    return given


def _ordered(wanted: Sequence[str]) -> list[Rule]:
    """The rules between what is given and what is wanted, in order."""
    by_name, found = {rule.name: rule for rule in rules()}, set()
    open_names = list(wanted)
    while open_names:
        name = open_names.pop()
        if name in by_name and name not in GIVEN and name not in found:
            found.add(name)
            open_names += by_name[name].reads
    return [rule for rule in rules() if rule.name in found]


def run(
    people: Sequence[Person], wanted: Sequence[str], engine: str | Bed = "duckdb"
) -> dict[str, list[dict[str, Any]]]:
    """The wanted relations, their rows as dicts; patients are numbered by their place. engine: duckdb, sqlite or a Bed."""
    ward = engine if isinstance(engine, Bed) else _ward() if engine == "duckdb" else Bed()
    for name, rows in _rows(people).items():
        ward.make(name, GIVEN[name], [tuple(row.get(c) for c in GIVEN[name]) for row in rows])
    for rule in _ordered(wanted):
        ward.db.execute(f"drop table if exists {rule.name}")
        ward.db.execute(f"create table {rule.name} as {rule.sql}")
    return {name: ward.read(f"select * from {name}") for name in wanted}


@cache
def _ward() -> Ward:
    return Ward(any_word=True)


class Bed:
    """A Bedside whose relations can be given instead of made."""

    def __init__(self) -> None:
        self.db = Bedside().db

    def make(self, name: str, columns: Mapping[str, str], rows: Sequence[tuple[Any, ...]]) -> None:
        self.db.execute(f"drop table if exists {name}")
        self.db.execute(f"create table {name} ({', '.join(f'{c} {t}' for c, t in columns.items())})")
        self.db.executemany(f"insert into {name} values ({', '.join('?' * len(columns))})", rows)

    def read(self, sql: str) -> list[dict[str, Any]]:
        cursor = self.db.execute(sql)
        columns = [c[0] for c in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
