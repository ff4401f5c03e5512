"""A CSV file as a table of texts with line numbers; lines that are no rows are kept apart with their reason."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

from hypomag.read.staged import Unit, quoted
from hypomag.record import Refused


def rows(unit: Unit, path: Path, name: str, columns: Iterable[str]) -> str:
    """Make the table `name` (line, and the columns, all text; empty is NULL) and return its name.

    Counts every row as received; a line with too few or too many cells goes to the rejects. Raises Refused where the
    file or one of the columns is missing.
    """
    db = unit.db
    if not path.is_file():
        raise Refused(f"{path}: is missing; the folder needs this file (gzip or not).")
    db.execute("drop table if exists reject_errors")
    db.execute("drop table if exists reject_scans")
    source = (
        f"read_csv('{quoted(path)}', header = true, delim = ',', quote = '\"', escape = '\"', all_varchar = true, "
        "store_rejects = true, parallel = false)"
    )
    try:  # into a table first: casts pushed into the CSV reader would fail the file for one odd cell
        db.execute(f"create or replace temp table raw as select row_number() over () as n, * from {source}")
    except duckdb.Error as wrong:
        raise Refused(f"{path}: cannot be read as CSV ({str(wrong).splitlines()[0]}).") from None
    found = {row[0].lower(): row[0] for row in db.execute("describe raw").fetchall()}
    missing = [column for column in columns if column not in found]
    if missing:
        raise Refused(f"{path}: has no column {', '.join(missing)}.")
    named = ", ".join(f'"{found[c]}" as {c}' for c in columns)
    odd = "(select distinct line, error_message from reject_errors)"
    db.execute(f"""create or replace temp table {name} as
        with odd as (
          select line, row_number() over (order by line) - 1 as before from (select distinct line from {odd})
        )
        select r.n + 1 + (select count(*) from odd where odd.line - odd.before <= r.n + 1) as line, {named}
        from raw r""")
    where = f"'{quoted(path.name)}'"
    refused = f"(select line, min(error_message) as reason from {odd} group by line)"
    unit.counts.received += db.execute(f"select count(*) from {name}").fetchall()[0][0]
    unit.counts.received += unit.put(
        "rejects", refused, file=where, line="line", source_ref="'line'", reason="'not a row of this table: ' || reason"
    )
    return name
