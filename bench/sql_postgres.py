"""The exported rules on PostgreSQL against DuckDB, cell for cell, on made-up people near every limit.

python -m bench.sql_postgres           1,000 people; writes docs/figures/sql.tsv
python -m bench.sql_postgres PEOPLE    prints only
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

from tests import people
from tests.reach import postgres
from tools import conformance, export_sql

FIGURES = Path(__file__).parent.parent / "docs/figures/sql.tsv"
FILES = ("1_tables.sql", "2_knowledge.sql", "pack_facts.sql", "3_relations.sql")


def main() -> int:
    if reason := postgres.why_not():
        print(reason)
        return 0
    many = int(sys.argv[1]) if sys.argv[1:] else 1000
    pack = conformance.pack(people.record_of(people.crowd(47, many)))
    written = export_sql.scripts("postgres") | conformance.scripts(pack, "postgres")
    cells = differ = 0
    with postgres.server() as connection:
        began = time.monotonic()
        for name in FILES:
            connection.execute(written[name])
        passed = time.monotonic() - began
        for name, rows in pack.expected.items():
            listed = ", ".join(f'"{column}"' for column in export_sql.columns_of(f"select * from {name}"))
            made = Counter(connection.execute(f"select {listed} from {name}").fetchall())
            cells += sum(len(row) for row in rows)
            differ += sum(((made - Counter(rows)) + (Counter(rows) - made)).values())
        version = connection.info.server_version // 10_000
    figures = [
        ("people", many),
        ("relations", len(pack.expected)),
        ("relations with rows", sum(bool(rows) for rows in pack.expected.values())),
        ("cells compared", cells),
        ("rows that differ", differ),
        ("seconds on PostgreSQL, tables and knowledge included", round(passed, 1)),
    ]
    lines = [
        f"# python -m bench.sql_postgres, PostgreSQL {version}",
        *(f"{name}\t{figure}" for name, figure in figures),
    ]
    print("\n".join(lines))
    if not sys.argv[1:]:
        FIGURES.write_text("\n".join(lines) + "\n", "utf-8")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
