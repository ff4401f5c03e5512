"""What was decided about the chosen patients of a chunk, kept as rows; screen.rendered makes answers of them.

Most answers of a population are never looked at, and to write one costs many times what it costs to decide it.
"""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from hypomag.assess import WANTED
from hypomag.engine.duckdb import KINDS, Ward
from hypomag.engine.texts import needed, rules
from hypomag.read.staged import quoted
from hypomag.record import TABLES
from hypomag.screen.plan import Plan

KEPT = (*WANTED, "asked", *TABLES)  # a folder each
AT_ONCE = 40_000  # patients: bounds the memory, whatever the size of a chunk
FORM = "parquet, compression zstd, row_group_size 20480"
CHOSEN = {
    "all": "true",
    "worklist": "patient in (select patient from worklisted)",
    "low": "patient in (select patient from patient_line where status = 'low')",
}


@cache
def _meanings() -> dict[str, Any]:
    return tomllib.loads((files("hypomag") / "screen" / "answers.toml").read_text("utf-8"))


def meaning(table: str, column: str) -> str:
    """What a column of a table of KEPT means."""
    said = _meanings()
    own = said["record"] if table in TABLES else said["of"].get(table, {})
    return str(own[column] if column in own else said["columns"][column])


def write(ward: Ward, plan: Plan, folder: Path) -> None:
    """Write `folder`/TABLE/N.parquet, N from 0, for each table of KEPT; every file sorted, by patient first.

    The rules that no line needed run on some thousand chosen patients at a time, in a schema of their own that hides the
    whole chunk; what the lines needed already is taken from there.
    """
    db = ward.db
    db.execute(f"""create or replace table those as
        select patient, id, row_number() over (order by patient) - 1 as nth from patients
        where {CHOSEN[plan.answers]}""")
    (count,) = db.execute("select count(*) from those").fetchall()[0]
    given = {name for name, kind in db.execute(KINDS).fetchall() if kind == "table"}
    read = {name for rule in needed(WANTED, given) for name in rule.reads} & {*given, *TABLES}
    for name in {rule.name for rule in rules()} & given - read - set(KEPT):
        db.execute(f"drop table {name}")  # the lines are written: room for what comes
    (threads,) = db.execute("select current_setting('threads')").fetchall()[0]
    db.execute("set threads = 1")  # the same rows give the same bytes, and tables this small gain nothing by more
    for name in KEPT:
        (folder / name).mkdir(parents=True)
    for nth, first in enumerate(range(0, max(count, 1), AT_ONCE)):
        _choose(ward, read, first)
        db.execute("set search_path = 'chosen,main'")
        ward.make_relations(WANTED, given, once=True)
        _save(ward, KEPT, folder, nth)
        db.execute("set search_path = 'main'")
        db.execute("drop schema chosen cascade")
    db.execute("drop table those")
    db.execute(f"set threads = {threads}")


def _choose(ward: Ward, names: Iterable[str], first: int) -> None:
    """The schema `chosen`: some of the patients, and what the named tables hold of them; the record stays where it is."""
    ward.db.execute("create schema chosen")
    ward.db.execute(f"""create table chosen.those as select patient, id from those
        where nth >= {first} and nth < {first + AT_ONCE} order by patient""")
    for name in sorted(names):
        if "patient" in ward.columns(name):
            kind, them = "view" if name in TABLES else "table", "patient in (select patient from chosen.those)"
            ward.db.execute(f"create {kind} chosen.{name} as from main.{name} where {them}")


def _save(ward: Ward, names: Iterable[str], folder: Path, nth: int) -> None:
    for name in names:
        kinds = {f'r."{column}"': kind for column, kind in ward.columns(name).items() if column != "patient"}
        own = [f"{c}::bigint as {c[2:]}" if kind in ("hugeint", "integer") else c for c, kind in kinds.items()]
        ward.db.execute(f"""copy (
            select t.id as patient, {", ".join(own)} from {name} r join those t on t.patient = r.patient
            order by {", ".join(["r.patient", *kinds])}) to '{quoted(folder / name)}/{nth}.parquet' (format {FORM})""")


def gather(parts: list[Path], place: Path) -> None:
    """Put the rows of all chunks under one folder, TABLE/CHUNK-N.parquet; it appears when it is whole."""
    begun = place.with_suffix(".part")
    shutil.rmtree(begun, ignore_errors=True)
    for name in KEPT:
        (begun / name).mkdir(parents=True)
        for chunk, part in enumerate(parts):
            for file in sorted((part / name).iterdir()):
                _put(file, begun / name / f"{chunk:05d}-{file.name}")
    shutil.rmtree(place, ignore_errors=True)
    os.replace(begun, place)


def _put(file: Path, there: Path) -> None:
    """The file under a second name, where the disk can do that."""
    try:
        os.link(file, there)
    except OSError:
        shutil.copyfile(file, there)
