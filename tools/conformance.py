"""The conformance pack: made-up patients in, the rows that must come out, as SQL that a site runs itself.

After 1_tables, 2_knowledge, pack_facts, 3_relations and pack_check, the table pack_result holds one row a relation; the
database reads the rules as the tested engines do where `missing`, `unexpected` and `more_rows` are 0 in every row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlglot
from tests import people, spine

from hypomag.engine.texts import INPUTS, rules
from hypomag.record import TABLES, Record, seal
from tools.export_sql import columns_of, create, head, inserts, written

PEOPLE = 60
RESULT = {"relation": "text", "missing": "bigint", "unexpected": "bigint", "more_rows": "bigint"}


@dataclass(frozen=True)
class Pack:
    """Rows by table: `facts` fill record and inputs, `expected` is what DuckDB makes of them, a relation each."""

    facts: dict[str, list[tuple[Any, ...]]]
    expected: dict[str, list[tuple[Any, ...]]]


def pack(record: Record | None = None, as_of: int = people.NOW) -> Pack:
    """The pack of a record; without one, of made-up people near every limit."""
    made = record or people.record_of(people.crowd(41, PEOPLE))
    facts = spine.inputs(seal(made), as_of)
    names = [rule.name for rule in rules()]
    found = spine.on_duckdb(facts, names)
    return Pack(facts, {name: [tuple(row.values()) for row in found[name]] for name in names})


def scripts(pack: Pack, dialect: str) -> dict[str, str]:
    """pack_facts.sql and pack_check.sql of a dialect."""
    facts = [text for name in (*TABLES, *INPUTS) for text in inserts(name, pack.facts.get(name, []), dialect)]
    checks = [create("pack_result", RESULT, dialect)]
    for name, rows in pack.expected.items():
        columns = columns_of(f"select * from {name}")
        checks += [create(f"expected_{name}", columns, dialect), *inserts(f"expected_{name}", rows, dialect)]
        checks.append(_compared(name, columns, dialect))
    return {
        "pack_facts.sql": head(dialect) + "\n" + "\n".join(facts),
        "pack_check.sql": head(dialect) + "\n" + "\n".join(checks),
    }


def _compared(name: str, columns: Iterable[str], dialect: str) -> str:
    listed = ", ".join(f'"{column}"' for column in columns)
    mine, wanted = f"select {listed} from {name}", f"select {listed} from expected_{name}"
    query = sqlglot.parse_one(
        f"""insert into pack_result (relation, missing, unexpected, more_rows)
        select '{name}', (select count(*) from ({wanted} except {mine}) as a),
               (select count(*) from ({mine} except {wanted}) as b),
               (select count(*) from {name}) - (select count(*) from expected_{name})""",
        dialect="duckdb",
    )
    return written(query, dialect) + ";\n"
