"""Facts sealed by SQL, many patients at once, are the rows that record.seal gives each patient alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hypomag.read.bulk import rows
from hypomag.read.sealing import seal as seal_by_sql
from hypomag.read.staged import STAGED, Stage
from hypomag.record import TABLES, Record, seal

TEXTS = st.sampled_from(["", "a", "A", "a b", "é", "=1", "it's", 'say "no"', "\\", "ab", "~", "Ω"])
NUMBERS = st.sampled_from([None, 0.0, -1.0, 1.5, 10.0, 9.0, 1e16])
WHOLES = st.sampled_from([None, 0, -5, 10, 9, 1_700_000_000])
PATIENTS = st.sampled_from(["p", "P", "10", "9", "pt-é"])
KINDS = {"text": TEXTS, "double": NUMBERS, "bigint": WHOLES}
TRIED = {  # a few columns of each table vary, so that ties and repeats are common
    "patients": ["sex", "birth", "source_ref", "line"],
    "observations": ["start", "code", "text", "value", "order_ref", "source_ref", "file", "line"],
    "medications": ["start", "text", "dose", "until"],
    "conditions": ["start", "code", "negated"],
    "orders": ["start", "text", "source_ref"],
    "encounters": ["start", "ward"],
}


@st.composite
def facts(draw: st.DrawFn) -> list[tuple[str, str, dict[str, Any]]]:
    found = []
    for _ in range(draw(st.integers(0, 14))):
        table = draw(st.sampled_from(sorted(TRIED)))
        says = {c: draw(KINDS[TABLES[table][c]]) for c in TRIED[table]}
        found.append((table, draw(PATIENTS), {c: v for c, v in says.items() if v is not None}))
    return found


def filled(told: list[tuple[str, str, dict[str, Any]]], with_codes: bool) -> Record:
    record = Record()
    for table, patient, says in told:
        own = {"id": patient} if table == "patients" else {}
        fact = record.add(table, patient, **says, **own)
        if with_codes and table in ("observations", "conditions"):
            record.add("codings", patient, of_row=fact, code="c1", system="loinc")
            record.add("codings", patient, of_row=fact, code="c0", system="snomed")
    return record


def sealed_by_sql(record: Record, folder: Path) -> tuple[dict[str, list[dict]], int, list[tuple]]:
    db = duckdb.connect()
    stage = Stage(db, folder, 1)
    with stage.unit("one") as unit:
        assert unit is not None
        unit.of_rows(rows(record, STAGED))
    repeats = seal_by_sql(db, lambda table: stage.facts(table, 0))
    made = {}
    for name, columns in TABLES.items():
        found = db.execute(f"select * from {name} order by patient, row").fetchall()
        made[name] = [dict(zip(columns, row, strict=True)) for row in found]
    return made, repeats, db.execute("select source_ref, reason from seal_rejects").fetchall()


@given(facts(), st.booleans())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_rows_as_one_patient_at_a_time(tmp_path_factory: Any, told: list, with_codes: bool) -> None:
    whole = filled(told, with_codes)
    made, repeats, rejects = sealed_by_sql(whole, tmp_path_factory.mktemp("stage"))
    ids = sorted({patient for _, patient, _ in told})
    assert [fact["id"] for fact in made["patients"]] == ids
    collapsed, disagree = 0, []
    for number, patient in enumerate(ids, 1):
        alone = seal(filled([fact for fact in told if fact[1] == patient], with_codes))
        collapsed += alone.duplicates
        disagree += [(one.source_ref, one.reason) for one in alone.rejects]
        for name in TABLES:
            mine = [{**fact, "patient": 1} for fact in made[name] if fact["patient"] == number]
            assert mine == alone.tables[name], name
    assert repeats == collapsed
    assert sorted(rejects) == sorted(disagree)
