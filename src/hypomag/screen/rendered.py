"""The answers of a finished screening run, made of the rows it kept: the same parts as `assess` from the same rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb

from hypomag import knowledge
from hypomag.assess import WANTED, Answer, assemble
from hypomag.read.staged import quoted
from hypomag.recognise import recognise
from hypomag.record import TABLES, Record, Refused
from hypomag.screen import plan
from hypomag.screen.answers import KEPT

AT_ONCE = 500  # patients in memory
Rows = dict[str, list[dict[str, Any]]]
_patient = itemgetter("patient")


def answers(out: Path, patient: str | None = None) -> Iterator[tuple[str, Answer]]:
    """(patient, answer) of everybody whose answer the run in `out` kept, or of one patient, by the source's id.

    Raises Refused where the run kept no answers or not this one, and where it was decided by other rules, another
    knowledge or another version of the program: then the words would not be those of what was decided.
    """
    scheme = _scheme(out)
    found = False
    for piece in sorted(file.name for file in (out / "answers" / "asked").glob("*.parquet")):
        table = partial(_table, duckdb.connect(config={"threads": 1}), out / "answers", piece)
        moments = {
            row["patient"]: row["as_of"] for row in table("asked", *([] if patient is None else [patient, patient]))
        }
        who = list(moments)
        for first in range(0, len(who), AT_ONCE):
            some = who[first : first + AT_ONCE]
            found = True
            yield from _assembled({name: table(name, some[0], some[-1]) for name in KEPT}, moments, some, scheme)
    if patient is not None and not found:
        raise Refused(f"{out / 'answers'}: holds no answer of the patient {patient!r}.")


def _scheme(out: Path) -> str:
    """The grading scheme of a finished run whose answers this program can write."""
    summary = out / "summary.json"
    if not summary.is_file():
        raise Refused(f"{out}: holds no summary.json, so no finished screening run.")
    said = json.loads(summary.read_text("utf-8"))
    if not (out / "answers").is_dir():
        raise Refused(f"{out}: the run kept no answers; screen again with --answers low, worklist or all.")
    if said["version"] != plan.version():
        before, now = (" ".join(f"{k} {v}" for k, v in of.items()) for of in (said["version"], plan.version()))
        raise Refused(f"{summary}: the answers were decided by {before}, and this is {now}; screen again.")
    return str(said["scheme"])


def _table(db: duckdb.DuckDBPyConnection, place: Path, piece: str, name: str, *between: str) -> list[dict[str, Any]]:
    """The rows of one table, in order of patients; between: the first and the last of them."""
    where = "where patient between ? and ?" if between else ""
    cursor = db.execute(f"from '{quoted(place / name / piece)}' {where}", between)
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, row)) for row in cursor.fetchall()]  # noqa: B905  # as long as each other


def _assembled(tables: Rows, moments: dict[str, int], who: list[str], scheme: str) -> Iterator[tuple[str, Answer]]:
    of: dict[str, Rows] = {patient: {name: [] for name in KEPT} for patient in who}
    for name, rows in tables.items():
        for patient, found in groupby(rows, _patient):
            of[patient][name] = list(found)
    for patient, own in of.items():
        record = Record(tables={name: own[name] for name in TABLES}, sealed=True)
        _, _, not_recognised = recognise(record, knowledge.load())
        decided = {name: own[name] for name in WANTED}
        yield from assemble(record, decided, {patient: moments[patient]}, set(not_recognised), scheme).items()
