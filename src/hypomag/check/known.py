"""What the last look reads of the knowledge: ceilings, limits, salts and what a guard does. Nothing else is known to it."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypomag import knowledge

Row = dict[str, Any]


@cache
def rows(table: str) -> list[Row]:
    return knowledge.load().tables[table].dicts()


def sulfate() -> Row:
    return next(row for row in rows("salts") if row["salt"] == "sulfate_hepta")


@cache
def effects(way: str) -> list[Row]:
    return [row for row in rows("guard_effects") if row["way"] == way]


@cache
def ceiling(name: str) -> Row:
    """A ceiling with its amounts in grams, milligrams and millimoles, as written in the knowledge."""
    for table in ("ceilings", "plan_ceilings"):
        for row in rows(table):
            if row["ceiling"] == name:
                numbers = ("grams", "mg", "mg_per_kg", "mmol", "elemental_mg", "percent")
                return row | {n: row[n] / 10_000 for n in numbers if row.get(n) is not None}
    raise LookupError(f"the knowledge has no ceiling {name}")


@cache
def whole(name: str) -> int:
    """A limit that is counted (years), as written."""
    return int(next(row["value"] for row in knowledge.load().limits_rows if row["name"] == name))


def limit(name: str) -> float:
    """A limit that is measured, in its own unit."""
    return whole(name) / 10_000
