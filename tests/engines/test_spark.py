"""Spark gives every cell that DuckDB gives. Two minutes and Java 17, so only with HYPOMAG_SPARK set, as .ci/run does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.screen.test_run import ward as small_ward

from hypomag.engine.duckdb import Ward
from hypomag.engine.texts import INPUTS
from hypomag.read import mimic, sealing
from hypomag.read.staged import Stage
from hypomag.record import TABLES
from hypomag.screen import chunks, plan
from hypomag.screen.words import Words

pytestmark = pytest.mark.skipif("HYPOMAG_SPARK" not in os.environ, reason="set HYPOMAG_SPARK to run Spark")


def test_spark_equals_duckdb_cell_by_cell(tmp_path: Path) -> None:
    pytest.importorskip("pyspark")
    from hypomag.engine.spark import Nation, session

    ward = Ward()
    stage = Stage(ward.db, tmp_path / "stage", 1)
    stage.folder.mkdir()
    mimic.lift(stage, small_ward(tmp_path / "in"))
    sealing.seal(ward.db, lambda table: stage.facts(table, 0))
    Words(ward).fill()
    chunks.ask(ward, plan.Plan("mimic", "spark", None, None, "ctcae_v5", "none", 5, [], {}))
    tables = {name: ward.db.execute(f"select * from {name}").fetchall() for name in (*TABLES, *INPUTS)}
    ward.make_relations(chunks.LINES)
    made = Nation(session()).run(tables, chunks.LINES)
    for name in chunks.LINES:
        held = sorted(ward.read(f"select * from {name}"), key=str)
        assert held, name
        assert sorted(made[name], key=str) == held, name
