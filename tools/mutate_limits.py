"""Every limit one step up and one step down: each must be caught by a text table of a rule that reads it, or by the
double entry of tests/knowledge/limits_twice.tsv.

    python -m tools.mutate_limits      # writes docs/trust/results/limits.tsv

A step is one in the scale of the rules (1/10000 of a unit, a second, a count). The limits are those of limits.toml and
the rows of the tables below; a text table that brings its own rows of a table does not test the real ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests import tables
from tests.knowledge.test_limits_twice import NAMED_BY, SCALED, entries

from hypomag import knowledge
from hypomag.engine.texts import Rule, rules
from tools.mutate_rules import RESULTS, rows, texts

ENGINE = "sqlite"
TABLES = ("limits", *SCALED)


def db() -> Any:
    """The engine's tables, made once."""
    return tables.ENGINES[ENGINE]()


def numbers(name: str) -> Iterator[tuple[str, int, int]]:
    """(column, rowid, value) of every whole number of a table."""
    for column in SCALED.get(name) or knowledge.load().tables[name].columns:
        for rowid, value in db().execute(f"select rowid, {column} from {name}"):
            if isinstance(value, int) and abs(value) > 1:
                yield column, rowid, value


def readers(name: str, column: str) -> list[Rule]:
    """The rules with a text table that read this table, and of limits this one by its name."""
    found = [rule for rule in rules() if name in rule.reads and rule.name in texts()]
    return [rule for rule in found if name != "limits" or f".{column}" in rule.sql]


def stands_twice(name: str, column: str, rowid: int) -> bool:
    if name == "limits":
        return any(("limits", column, unit) in entries() for unit in ("days", "value"))
    names = db().execute(f"select {', '.join(NAMED_BY[name])} from {name} where rowid = ?", (rowid,)).fetchone()
    return (name, " ".join(map(str, names)), column) in entries()


def is_caught(name: str, column: str, rowid: int, step: int) -> bool:
    for rule in readers(name, column):
        for case in texts()[rule.name]:
            if name in case.given:
                continue
            db().execute("begin")
            try:
                db().execute(f"update {name} set {column} = {column} + ? where rowid = ?", (step, rowid))
                for given, table in case.given.items():
                    tables.insert(db(), given, table)
                if rows(ENGINE, case, rule.name, rule.sql) != tables.expected(case)[rule.name]:
                    return True
            finally:
                db().execute("rollback")
    return False


def main() -> None:
    lines: list[str] = ["table\tcolumn\trow\tvalue\tup\tdown"]
    counts: dict[str, list[bool]] = {}
    for name in TABLES:
        for column, rowid, value in list(numbers(name)):
            if not any(name in rule.reads for rule in rules()) or (name == "limits" and not readers(name, column)):
                continue
            caught = ["table" if is_caught(name, column, rowid, step) else "" for step in (1, -1)]
            if stands_twice(name, column, rowid):
                caught = [by or "twice" for by in caught]
            lines.append(f"{name}\t{column}\t{rowid}\t{value}\t" + "\t".join(by or "alive" for by in caught))
            counts.setdefault(name, []).extend(bool(by) for by in caught)
        print(name, len(counts.get(name, [])), sum(counts.get(name, [])), flush=True)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "limits.tsv").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
