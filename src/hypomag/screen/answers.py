"""The whole answer of `assess`, for the patients of a chunk whose answer is wanted: the same parts from the same rows."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from hypomag.assess import WANTED as ANSWER_RELATIONS
from hypomag.assess import _assemble
from hypomag.engine.duckdb import Ward
from hypomag.knowledge import load
from hypomag.read.staged import quoted
from hypomag.recognise import recognise
from hypomag.record import TABLES, Record
from hypomag.screen.plan import Plan
from hypomag.write import json_text

WANTED = ANSWER_RELATIONS
A_TIME = 2_000  # patients held in Python at once
WORKLIST = "l.status in ('low', 'high', 'cannot_tell') or l.urgency_tier in ('emergency', 'same_day') or l.n_gaps > 0"


def write(ward: Ward, plan: Plan, file: Path) -> None:
    """Write (patient, answer), the answer as the JSON text that `hypomag assess --json` prints."""
    where = "true" if plan.answers == "all" else WORKLIST
    ward.db.execute(f"""create or replace temp table chosen as
        select l.patient, row_number() over (order by l.patient) - 1 as nth from patient_line l where {where}""")
    (count,) = ward.db.execute("select count(*) from chosen").fetchall()[0]
    ward.make("answered", {"patient": "text", "answer": "text"})
    for first in range(0, count, A_TIME):
        among = f"patient in (select patient from chosen where nth >= {first} and nth < {first + A_TIME})"
        ward.fill("answered", {"patient": "text", "answer": "text"}, _answers(ward, plan, among))
    ward.db.execute(f"copy (from answered) to '{quoted(file)}' (format parquet, compression zstd)")


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
        made = _assemble(record, rows[patient], {patient: moments[patient]}, not_recognised, plan.scheme)
        found += [(who, json_text.write(answer)) for who, answer in made.items()]
    return found
