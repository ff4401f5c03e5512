"""The whole answer of `assess` for the patients of a chunk who are wanted: the same parts from the same rows."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

from hypomag.assess import WANTED as ANSWER_RELATIONS
from hypomag.assess import assemble
from hypomag.engine.duckdb import Ward
from hypomag.knowledge import load
from hypomag.read.staged import quoted
from hypomag.recognise import recognise
from hypomag.record import TABLES, Record
from hypomag.screen.plan import Plan

WANTED = ANSWER_RELATIONS
A_TIME = 2_000  # patients held in Python at once
COLUMNS = {"patient": "text", "answer": "text"}
WORKLIST = "patient in (select patient from worklisted)"


def write(ward: Ward, plan: Plan, file: Path) -> None:
    """Write (patient, answer), the answer as one line of the JSON that `hypomag assess --json` prints.

    The other rules run on the chosen patients alone, in a schema of their own that hides the whole chunk.
    """
    db = ward.db
    db.execute("create schema chosen")
    where = "true" if plan.answers == "all" else WORKLIST
    db.execute(f"""create table chosen.those as
        select patient, row_number() over (order by patient) - 1 as nth from patient_line where {where}""")
    for name in (*TABLES, "asked"):
        db.execute(f"create table chosen.{name} as from {name} where patient in (select patient from chosen.those)")
    db.execute("set search_path = 'chosen,main'")
    ward.make_relations(WANTED)
    (count,) = db.execute("select count(*) from those").fetchall()[0]
    ward.make("answered", COLUMNS)
    for first in range(0, count, A_TIME):
        among = f"patient in (select patient from those where nth >= {first} and nth < {first + A_TIME})"
        ward.fill("answered", COLUMNS, _answers(ward, plan, among))
    db.execute(f"copy (from answered) to '{quoted(file)}' (format parquet, compression zstd)")
    db.execute("set search_path = 'main'")
    db.execute("drop schema chosen cascade")


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
