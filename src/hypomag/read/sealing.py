"""Seals the staged facts of many patients by SQL, to the very rows that record.seal gives each patient alone.

A patient's rows are numbered from 1 in the order of record.TABLES, by content, never by file order; exact repeats
collapse; two descriptions of a patient that disagree leave the column unknown and are said.
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb

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
    ids = " union ".join(f"select patient from {facts(name)}" for name in TABLES)
    db.execute(f"""create or replace temp table numbers as
        select row_number() over (order by patient) as number, patient as id from ({ids})""")
    collapsed = _patients(db, facts("patients"))
    db.execute("create or replace temp table used as select patient, 1::bigint as n from patients")
    db.execute("create or replace temp table fact_rows (patient bigint, fact_key bigint, row bigint)")
    for name in TABLES:
        if name != "patients":
            collapsed += _facts(db, name, facts(name))
    return collapsed


def _patients(db: duckdb.DuckDBPyConnection, source: str) -> int:
    """One row for each patient; what two rows say differently is unknown."""
    columns = {c: t for c, t in TABLES["patients"].items() if c not in ("patient", "row", "id")}
    said = {c: f"nullif(p.\"{c}\", '')" if t == "text" else f'p."{c}"' for c, t in columns.items()}
    kept = []
    for column, value in said.items():
        if column in WHERE_FROM:
            written = QUOTED.replace("TEXT", value) if columns[column] == "text" else f"{value}::varchar"
            kept.append(f'arg_min({value}, {written}) as "{column}"')
        else:
            kept.append(f'case when count(distinct {value}) = 1 then min({value}) end as "{column}"')
            kept.append(f'count(distinct {value}) > 1 as "{column}_differs"')
    db.execute(f"""create or replace temp table described as
        select n.number as patient, n.id, count(p.patient) as n, {", ".join(kept)}
        from numbers n left join {source} p on p.patient = n.id group by n.number, n.id""")
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
    columns = TABLES[table]
    code, text = (f"t.{c}" if c in columns else "''" for c in ("code", "text"))
    taken = [f't."{c}"' for c in columns if c not in ("patient", "row", "of_row")]
    of_row, join = "", ""
    if table == "codings":
        of_row, join = ", f.row as of_row", "join fact_rows f on f.patient = n.number and f.fact_key = t.of_row"
    rest = _tie([c for c in columns if c not in WHERE_FROM | {"patient", "row", "order_ref"}])
    place = _tie([c for c in PLACE if c in columns])
    order_ref = "order_ref" if "order_ref" in columns else "''"
    db.execute(f"""create or replace temp table in_order as
        with held as (
          select n.number as patient, t.fact_key, {", ".join(taken)}{of_row}, {code} as by_code, {text} as by_text
          from {source} t join numbers n on n.id = t.patient {join}
        ),
        keyed as (select *, count(*) over (partition by patient, start, by_code, by_text) as often from held),
        told as (
          select *, case when often > 1 then {rest} end as rest, case when often > 1 then {place} end as place
          from keyed
        ),
        marked as (
          select *, row_number() over (
              partition by patient order by start nulls first, by_code, by_text, rest, place) as nth,
            case when often > 1 and lag(rest) over same = rest and lag({order_ref}) over same = {order_ref}
            then 0 else 1 end as is_new
          from told window same as (partition by patient, start, by_code, by_text order by rest, place)
        )
        select m.*, u.n + sum(is_new) over (partition by m.patient order by nth) as number
        from marked m join used u on u.patient = m.patient""")
    listed = ", ".join("number::bigint as row" if c == "row" else f'"{c}"' for c in columns)
    db.execute(
        f"create or replace table {table} as select {listed} from in_order where is_new = 1 order by patient, row"
    )
    if table == "codings":
        return 0
    db.execute("insert into fact_rows select patient, fact_key, number from in_order where fact_key is not null")
    db.execute(f"""create or replace temp table used as
        select u.patient, case when max(c.row) is null then u.n else max(c.row) end as n
        from used u left join {table} c on c.patient = u.patient group by u.patient, u.n""")
    collapsed = db.execute("select count(*) from in_order where is_new = 0").fetchall()[0][0]
    if table == "orders" and collapsed:
        _point_to_kept(db)
    return collapsed


def _tie(columns: list[str]) -> str:
    """The columns as one value that sorts as record.seal sorts: one after the other, what is absent first."""
    each = ", ".join(f'"{c}" is not null, "{c}"' for c in columns)
    return f"row({each})"


def _point_to_kept(db: duckdb.DuckDBPyConnection) -> None:
    """Results that answer an order that collapsed answer the one that stayed."""
    db.execute("""update observations set order_ref = k.kept from (
          select distinct d.patient, d.source_ref as gone, s.source_ref as kept
          from in_order d join in_order s on s.patient = d.patient and s.number = d.number and s.is_new = 1
          where d.is_new = 0
        ) k where k.patient = observations.patient and k.gone = observations.order_ref""")
