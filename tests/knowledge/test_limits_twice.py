"""Double entry: every limit of the safety core stands a second time, and neither may change alone."""

from __future__ import annotations

from pathlib import Path

from hypomag import knowledge

NAMED_BY = {
    "ranges": ("profile", "family"), "grades": ("scheme", "family", "grade"), "urgent_levels": ("level", "family"),
    "companion_limits": ("analyte",), "ceilings": ("ceiling",),
}  # fmt: skip
SCALED = {
    "ranges": ("low", "high"), "grades": ("low", "high"), "urgent_levels": ("below", "at_least"),
    "companion_limits": ("low", "high", "severe_low", "severe_high"),
    "ceilings": ("grams", "mg", "mg_per_kg", "mmol", "elemental_mg", "percent"),
}  # fmt: skip


def entries() -> dict[tuple[str, str, str], float]:
    lines = (Path(__file__).parent / "limits_twice.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return {(table, row, column): float(value) for table, row, column, value in rows}


def tables() -> dict[tuple[str, str, str], float]:
    found = {}
    for table, names in NAMED_BY.items():
        for row in knowledge.load().tables[table].dicts():
            key = " ".join(str(row[name]) for name in names)
            for column in SCALED[table]:
                if row[column]:
                    found[table, key, column] = row[column] / 10_000
    return found


def limits() -> dict[tuple[str, str, str], float]:
    """Those of limits.toml that stand twice: times in days, the rest in their unit."""
    (row,) = knowledge.load().tables["limits"].dicts()
    twice = [(name, column) for table, name, column in entries() if table == "limits"]
    return {("limits", n, column): row[n] / (86_400 if column == "days" else 10_000) for n, column in twice}


def test_each_limit_is_the_same_both_times_and_none_is_missing() -> None:
    assert tables() | limits() == entries()
