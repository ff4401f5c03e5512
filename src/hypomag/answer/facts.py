"""What every part of an answer needs: the facts behind row numbers, times and numbers as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from hypomag import knowledge

Row = dict[str, Any]
Rows = dict[str, list[Row]]

SCALE = 10_000  # rules speak in whole 1/10000
NAMELESS = {"patients": "age and sex", "encounters": "encounter"}  # what a fact without words is called


class Facts:
    """The facts of one patient, by row number, as an answer shows them."""

    def __init__(self, facts: dict[int, tuple[str, Row]]) -> None:
        self.facts = facts
        self._shown: dict[int, Row] = {}  # an answer shows one fact many times

    def __getitem__(self, row: int) -> Row:
        return self.facts[row][1]

    def shown(self, row: int | None) -> list[Row]:
        if row is None:
            return []
        if row not in self._shown:
            self._shown[row] = self._show(row)
        return [self._shown[row].copy()]

    def _show(self, row: int) -> Row:
        table, fact = self.facts[row]
        says = fact.get("text") or fact.get("code") or NAMELESS.get(table, table)
        if fact.get("value") is not None or fact.get("value_text"):
            number = fact["value_text"] or str(fact["value"])
            says = f"{says}: {number} {fact['unit_text'] or fact['unit']}".rstrip()
        return {
            "row": row,
            "fact": table,
            "says": says,
            "at": iso(fact["start"], fact["start_precision"]),
            "source_ref": fact["source_ref"],
        }


def iso(t: int | None, precision: str = "second") -> str | None:
    """A moment as ISO 8601 text, no finer than it is known."""
    return None if t is None else _iso(t, precision)


@lru_cache(maxsize=4096)  # an answer names the same few moments again and again
def _iso(t: int, precision: str) -> str:
    text = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=t)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"day": text[:10], "month": text[:7], "year": text[:4]}.get(precision, text)


def as_written(fact: Row | None) -> str | None:
    """The result with its digits and unit as the source wrote them."""
    if fact is None:
        return None
    number = fact["value_text"] or str(fact["value"])
    sign = "" if number.startswith(("<", ">")) else fact["comparator"]
    return f"{sign}{number} {fact['unit_text'] or fact['unit']}".rstrip()


def unscaled(value: int | None) -> float | None:
    return None if value is None else value / SCALE


def in_order(rows: list[Row], *columns: str) -> list[Row]:
    return sorted(rows, key=lambda row: tuple(str(row[c]) for c in columns))


@cache
def known(table: str, column: str) -> dict[Any, Row]:
    """The rows of a knowledge table by one of its columns, made once."""
    return {row[column]: row for row in knowledge.load().tables[table].dicts()}


CONTRADICTIONS = ("contradiction",)


def contradictions(rows: Rows, facts: Facts) -> list[Row]:
    """Facts whose parts name different things, so that neither was used."""
    return [
        {"because": row["why"], "evidence": facts.shown(row["row"])}
        for row in in_order(rows["contradiction"], "why", "row")
    ]
