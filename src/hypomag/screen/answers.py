"""The whole answer of `assess` for the patients of a chunk who are wanted: the same parts from the same rows."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

from hypomag.assess import WANTED as ANSWER_RELATIONS
from hypomag.assess import assemble
from hypomag.engine.duckdb import Ward
from hypomag.knowledge import load
from hypomag.read.staged import quoted
from hypomag.recognise import recognise
from hypomag.record import TABLES, Record
from hypomag.screen.plan import Plan

WANTED = ANSWER_RELATIONS
IN_RULES, IN_PYTHON = 10_000, 500  # patients at once: bounds the memory, whatever the size of a chunk
FORM = "parquet, compression zstd, row_group_size 2048"  # an answer is some 33 kB: a usual group would be gigabytes
COLUMNS = {"patient": "text", "answer": "text"}
WORKLIST = "patient in (select patient from worklisted)"


def write(ward: Ward, plan: Plan, file: Path) -> None:
    """Write (patient, answer), the answer as one line of the JSON that `hypomag assess --json` prints.

    The other rules run on some thousand chosen patients at a time, in a schema of their own that hides the whole chunk.
    """
    db = ward.db
    where = "true" if plan.answers == "all" else WORKLIST
    db.execute(f"""create or replace table those as
        select patient, row_number() over (order by patient) - 1 as nth from patient_line where {where}""")
    (count,) = db.execute("select count(*) from those").fetchall()[0]
    pieces = file.with_suffix(".pieces")
    pieces.mkdir()
    for first in range(0, count, IN_RULES):
        db.execute("create schema chosen")
        for name in (*TABLES, "asked"):
            db.execute(f"create table chosen.{name} as from {name} where {_among(first, IN_RULES)}")
        db.execute("set search_path = 'chosen,main'")
        ward.make_relations(WANTED)
        for some in range(first, min(first + IN_RULES, count), IN_PYTHON):
            ward.make("answered", COLUMNS, _answers(ward, plan, _among(some, IN_PYTHON)))
            _save(db, "answered", pieces / f"{some:09d}.parquet")
        db.execute("set search_path = 'main'")
        db.execute("drop schema chosen cascade")
    ward.make("answered", COLUMNS)
    _save(db, "answered", pieces / "none.parquet")
    _save(db, f"read_parquet('{quoted(pieces)}/*.parquet')", file)
    shutil.rmtree(pieces)
    db.execute("drop table those")


def _save(db: Any, source: str, file: Path) -> None:
    db.execute(f"copy (from {source}) to '{quoted(file)}' (format {FORM})")


def _among(first: int, count: int) -> str:
    return f"patient in (select patient from those where nth >= {first} and nth < {first + count})"


def _answers(ward: Ward, plan: Plan, among: str) -> list[tuple[str, str]]:
    tables: dict[int, dict[str, list]] = defaultdict(lambda: {name: [] for name in TABLES})
    for name in TABLES:
        for fact in ward.read(f"select * from {name} where {among} order by patient, row"):
            tables[fact["patient"]][name].append(fact)
    rows: dict[int, dict[str, list]] = defaultdict(lambda: {name: [] for name in WANTED})
    for name in WANTED:
        for row in ward.read(f"select * from {name} where {among} order by all"):
            rows[row["patient"]][name].append(row)
    moments = dict(ward.db.execute(f"select patient, as_of from asked where {among}").fetchall())
    found = []
    for patient, of in sorted(tables.items()):
        record = Record(tables=of, sealed=True)
        _, _, not_recognised = recognise(record, load())
        made = assemble(record, rows[patient], {patient: moments[patient]}, set(not_recognised), plan.scheme)
        found += [(who, json.dumps(answer, ensure_ascii=False)) for who, answer in made.items()]
    return found
