"""One chunk of patients: record tables in, lines of the answer out."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from hypomag.engine.duckdb import Ward
from hypomag.engine.texts import INPUTS
from hypomag.read import parquet
from hypomag.read.staged import quoted, settle
from hypomag.record import TABLES
from hypomag.screen import answers, counting
from hypomag.screen.plan import Plan
from hypomag.screen.sources import Fill
from hypomag.screen.words import Words

NO_REJECTS = "select '' as file, null::bigint as line, '' as source_ref, '' as reason where false"
# What each named range would make of the newest results.
BY_PROFILE = """select profile, status, count(*) as patients from (
    select profile, status from other_profile union all
    select profile, status from level where profile is not null and profile <> 'laboratory')
    group by all order by all"""
LINES = ("patient_line", "episode_line", "reading_line", "finding")  # relations that become files


def done(work: Path, n: int) -> Path:
    """The folder of a finished chunk."""
    return work / f"chunk-{n:05d}"


def run(ward: Ward, words: Words, plan: Plan, n: int, work: Path, fill: Fill) -> int:
    """Answer one chunk and write it; returns how many patients it holds. The folder appears when it is whole."""
    place = done(work, n)
    begun = place.with_suffix(".part")
    shutil.rmtree(begun, ignore_errors=True)
    begun.mkdir(parents=True)
    counts = fill(ward, plan.chunks[n])
    words.fill()
    ask(ward, plan)
    make_lines(ward, plan, begun)
    save(ward, "from seal_rejects" if plan.format != "record" else NO_REJECTS, begun / "rejects.parquet")
    (patients,) = ward.db.execute("select count(*) from patients").fetchall()[0]
    (begun / "counts.json").write_text(json.dumps({**counts, "patients": patients}, sort_keys=True), "utf-8")
    settle(begun)
    os.replace(begun, place)
    return patients


def ask(ward: Ward, plan: Plan) -> None:
    """The moment asked about: as given, else each patient's own latest time, else 1970 where nothing is dated."""
    if plan.as_of is not None:
        ward.db.execute(f"create or replace table asked as select patient, {plan.as_of}::bigint as as_of from patients")
    else:
        times = " union all ".join(
            f"select patient, greatest(start, known_at) as t from {name}" for name in TABLES if name != "patients"
        )
        ward.db.execute(f"""create or replace table asked as
            select p.patient, coalesce(t.t, 0)::bigint as as_of from patients p
            left join (select patient, max(t) as t from ({times}) group by patient) t on t.patient = p.patient""")
    ward.make("choice", INPUTS["choice"], [(plan.profile or "", plan.scheme)])
    for name in ("protocol_bands", "protocol_excludes"):  # a population is read by what is published at large
        ward.make(name, INPUTS[name])


def make_lines(ward: Ward, plan: Plan, folder: Path) -> None:
    """Run the rules and write the lines with the patients' own ids."""
    wanted = (*LINES, "other_profile", "level", "worklisted")
    if plan.engine == "spark":
        _on_spark(ward, wanted, folder / "spark")
    else:
        ward.make_relations(wanted)
    for name in LINES:
        save(ward, lines_of(name, ward.columns(name)), folder / f"{name}.parquet")
    save(ward, BY_PROFILE, folder / "by_profile.parquet")
    save(ward, counting.of_chunk(), folder / "counted_parts.parquet")
    if plan.answers != "none":
        answers.write(ward, plan, folder / "answers")


def _on_spark(ward: Ward, wanted: Iterable[str], folder: Path) -> None:
    """The wanted relations from Spark, which reads the chunk's record from Parquet."""
    from hypomag.engine.spark import Nation, session

    parquet.write(ward.db, folder / "in")
    for name in INPUTS:
        save(ward, f"from {name}", folder / "in" / f"{name}.parquet")
    nation = Nation(session())
    nation.read_from({name: str(folder / "in" / f"{name}.parquet") for name in (*TABLES, *INPUTS)})
    nation.make_relations(wanted)
    for name in dict.fromkeys(wanted):
        nation.write(name, str(folder / name))
        found = f"read_parquet('{quoted(folder / name)}/*.parquet')"
        ward.db.execute(f"create or replace table {name} as from {found}")
    nation.forget()
    shutil.rmtree(folder)


def lines_of(name: str, columns: Iterable[str]) -> str:
    """The rows of a relation, the patient named by the source's id."""
    own = ", ".join(f'r."{c}"' for c in columns if c != "patient")
    refs = ""
    if name == "finding":
        refs = ", f.source_ref, f.fact, f.start"
        facts = " union all ".join(
            f"select patient, row, source_ref, start, '{table}' as fact from {table}" for table in TABLES
        )
        return f"""select p.id as patient, {own}{refs} from {name} r join patients p on p.patient = r.patient
            left join ({facts}) f on f.patient = r.patient and f.row = r.row"""
    return f"select p.id as patient, {own} from {name} r join patients p on p.patient = r.patient"


def save(ward: Ward, select: str, file: Path) -> None:
    ward.db.execute(f"copy ({select}) to '{quoted(file)}' (format parquet, compression zstd)")
