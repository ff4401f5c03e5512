"""Seals the staged facts of many patients by SQL, to the very rows that record.seal gives each patient alone.

A patient's rows are numbered from 1 in the order of record.TABLES, by content, never by file order; exact repeats
collapse; two descriptions of a patient that disagree leave the column unknown and are said.
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb

from hypomag.read.staged import SQL_TYPE
from hypomag.record import TABLES, WHERE_FROM

Facts = Callable[[str], str]  # a table's name -> what FROM reads for its staged facts
# A text as Python writes it in quotes, by which record.seal chooses one of several descriptions of a patient.
QUOTED = r"""case when contains(TEXT, '''') and not contains(TEXT, '"') then concat('"', replace(TEXT, '\', '\\'), '"')
  else concat('''', replace(replace(TEXT, '\', '\\'), '''', '\'''), '''') end"""
PLACE = ("order_ref", "source_ref", "file", "line")  # decides only which of two equal facts stays


def seal(db: duckdb.DuckDBPyConnection, facts: Facts) -> int:
    """Make the record tables in `db` from staged facts; returns how many exact repeats collapsed.

    Also makes `seal_rejects` (file, line, source_ref, reason). Patients are numbered 1, 2, ... by sorted id.
    """
    ids = " union ".join(f"select distinct patient from {facts(name)}" for name in TABLES)
    db.execute(f"""create or replace temp table numbers as
        select row_number() over (order by patient) as number, patient as id, 1::bigint as used from ({ids})""")
    collapsed = _patients(db, facts("patients"))
    db.execute("create or replace temp table fact_rows (patient bigint, fact_key bigint, row bigint)")
    for name in TABLES:
        if name != "patients":
            collapsed += _facts(db, name, facts(name))
    return collapsed


def _patients(db: duckdb.DuckDBPyConnection, source: str) -> int:
    """One row for each patient; what two rows say differently is unknown."""
    columns = {c: t for c, t in TABLES["patients"].items() if c not in ("patient", "row", "id")}
    said = {c: f"nullif(p.\"{c}\", '')" if t == "text" else f'p."{c}"' for c, t in columns.items()}
    often = db.execute(f"select coalesce(max(n), 0) from (select count(*) as n from {source} group by patient)")
    kept, grouped = [], ""
    if often.fetchall()[0][0] <= 1:
        kept = ["(p.patient is not null)::bigint as n"]
        for column, value in said.items():
            kept += [f'{value} as "{column}"', f'false as "{column}_differs"']
    else:
        grouped = "group by n.number, n.id"
        kept = ["count(p.patient) as n"]
        for column, value in said.items():
            if column in WHERE_FROM:
                written = QUOTED.replace("TEXT", value) if columns[column] == "text" else f"{value}::varchar"
                kept.append(f'arg_min({value}, {written}) as "{column}"')
            else:
                kept.append(f'case when count(distinct {value}) = 1 then min({value}) end as "{column}"')
                kept.append(f'count(distinct {value}) > 1 as "{column}_differs"')
    db.execute(f"""create or replace temp table described as select n.number as patient, n.id, {", ".join(kept)}
        from numbers n left join {source} p on p.patient = n.id {grouped}""")
    own = []
    for column, kind in TABLES["patients"].items():
        text = f"coalesce({column}, '') as {column}" if kind == "text" else f'"{column}"'
        own.append("1::bigint as row" if column == "row" else text)
    db.execute(f"create or replace table patients as select {', '.join(own)} from described order by patient")
    differs = " union all ".join(
        f"select coalesce(file, '') as file, line, concat(coalesce(source_ref, ''), ' {c}') as source_ref, "
        f"'two descriptions of the patient disagree' as reason from described where {c}_differs"
        for c in columns
        if c not in WHERE_FROM
    )
    db.execute(f"create or replace table seal_rejects as {differs}")
    return db.execute("select coalesce(sum(n - 1), 0)::bigint from described where n > 1").fetchall()[0][0]


def _facts(db: duckdb.DuckDBPyConnection, table: str, source: str) -> int:
    """One table, its rows numbered after those of the tables before; returns how many exact repeats collapsed."""
    columns = TABLES[table]
    if not db.execute(f"select 1 from {source} limit 1").fetchall():
        typed = ", ".join(f'"{c}" {SQL_TYPE[t]}' for c, t in columns.items())
        db.execute(f"create or replace table {table} ({typed})")
        return 0
    db.execute(f"""create or replace temp table numbers_now as
        select n.number, n.id, n.used, coalesce(c.n, 0) as n, sum(coalesce(c.n, 0)) over (order by n.number) - coalesce(c.n, 0)
          as before from numbers n left join (select patient, count(*) as n from {source} group by 1) c on c.patient = n.id""")
    by = [c for c in ("code", "text") if c in columns]
    own = {c: f't."{c}"' for c in columns if c != "row"} | {"patient": "n.number"}
    own |= {"of_row": "f.row"} if table == "codings" else {}
    taken = ", ".join(f'{said} as "{c}"' for c, said in own.items())
    join = "join fact_rows f on f.patient = n.number and f.fact_key = t.of_row" if table == "codings" else ""
    like = " and ".join(f"lag({c}) over () is not distinct from {c}" for c in ("patient", "start", *by))
    listed = ", ".join("row_number() over () - before + used as row" if c == "row" else f'"{c}"' for c in columns)
    db.execute(f"""create or replace table {table} as
        select {listed}, fact_key, {like} as is_like
        from (select {taken}, t.fact_key, n.before::bigint as before, n.used
          from {source} t join numbers_now n on n.id = t.patient {join}
          order by {", ".join(["n.number", "t.start nulls first", *(f't."{c}"' for c in by)])})""")
    collapsed = 0
    if db.execute(f"select count(*) from {table} where is_like").fetchall()[0][0]:
        collapsed = _collapse(db, table)
    else:
        db.execute("create or replace temp table numbers as select number, id, used + n as used from numbers_now")
    if table != "codings":
        db.execute(f"insert into fact_rows select patient, fact_key, row from {table} where fact_key is not null")
    db.execute(f"alter table {table} drop column fact_key")
    db.execute(f"alter table {table} drop column is_like")
    return collapsed if table != "codings" else 0


def _collapse(db: duckdb.DuckDBPyConnection, table: str) -> int:
    """Put facts of the same time, code and text in order by all else they say; of equal ones the first stays."""
    columns = TABLES[table]
    rest = _tie([c for c in columns if c not in WHERE_FROM | {"patient", "row", "order_ref"}])
    place = _tie([c for c in PLACE if c in columns])
    order_ref = "order_ref" if "order_ref" in columns else "''"
    same = ", ".join(["patient", "start", *(c for c in ("code", "text") if c in columns)])
    db.execute(f"""create or replace temp table tied as
        with alike as (
          select *, {rest} as rest, {place} as place
          from (select *, coalesce(lead(is_like) over (), false) as is_liked from {table}) where is_like or is_liked
        )
        select patient, row as was, min(row) over (partition by {same}) + row_number() over same - 1 as position,
          case when lag(rest) over same = rest and lag({order_ref}) over same = {order_ref} then 0 else 1 end as is_new
        from alike window same as (partition by {same} order by rest, place)""")
    db.execute(f"""create or replace temp table placed as
        select patient, was, is_new, (position - sum(1 - is_new) over (partition by patient order by position))::bigint
          as number
        from (select t.patient, t.row as was, coalesce(i.is_new, 1) as is_new, coalesce(i.position, t.row) as position
          from {table} t left join tied i on i.patient = t.patient and i.was = t.row)""")
    listed = ", ".join("p.number as row" if c == "row" else f't."{c}"' for c in columns)
    db.execute(f"""create or replace temp table in_order as select {listed}, t.fact_key, t.is_like, p.is_new
        from {table} t join placed p on p.patient = t.patient and p.was = t.row""")
    db.execute(
        "insert into fact_rows select patient, fact_key, row from in_order where fact_key is not null and is_new = 0"
    )
    db.execute(f"""create or replace table {table} as
        select * exclude (is_new) from in_order where is_new = 1 order by patient, row""")
    db.execute("""create or replace temp table numbers as select n.number, n.id, n.used + n.n - coalesce(p.gone, 0) as used
        from numbers_now n left join (select patient, sum(1 - is_new)::bigint as gone from placed group by 1) p
        on p.patient = n.number""")
    if table == "orders":
        _point_to_kept(db)
    return db.execute("select count(*) from placed where is_new = 0").fetchall()[0][0]


def _tie(columns: list[str]) -> str:
    """The columns as one value that sorts as record.seal sorts: one after the other, what is absent first."""
    each = ", ".join(f'"{c}" is not null, "{c}"' for c in columns)
    return f"row({each})"


def _point_to_kept(db: duckdb.DuckDBPyConnection) -> None:
    """Results that answer an order that collapsed answer the one that stayed."""
    db.execute("""update observations set order_ref = k.kept from (
          select distinct d.patient, d.source_ref as gone, s.source_ref as kept
          from in_order d join in_order s on s.patient = d.patient and s.row = d.row and s.is_new = 1
          where d.is_new = 0
        ) k where k.patient = observations.patient and k.gone = observations.order_ref""")
