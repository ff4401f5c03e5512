"""The files of a finished run: the chunks' lines put in order, Parquet and CSV, a dictionary, a summary, a report."""

from __future__ import annotations

import csv
import io
import json
import os
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from hypomag.engine.duckdb import Ward
from hypomag.read.staged import Counts, Stage, quoted
from hypomag.screen import answers, chunks, counting
from hypomag.screen.plan import Plan, version
from hypomag.write import report

MOMENT = "create or replace temp macro moment(t) as make_timestamp(t * 1000000)"
# A cell that a spreadsheet would run gets an apostrophe before it.
PLAIN = """create or replace temp macro plain(t) as
  case when t[1] in ('=', '+', '-', '@', chr(9), chr(13)) then '''' || t else t end"""


@cache
def outputs() -> dict[str, dict[str, Any]]:
    """The files and columns of outputs.toml."""
    return tomllib.loads((files("hypomag") / "screen" / "outputs.toml").read_text("utf-8"))


def finish(ward: Ward, plan: Plan, work: Path, out: Path, stage: Stage | None) -> dict[str, Any]:
    """Write every file into `out` and return the summary. Each file appears when it is whole.

    ward: a fresh one with a single thread, so that the same rows give the same bytes.
    """
    db = ward.db
    db.execute(MOMENT)
    db.execute(PLAIN)
    parts = [chunks.done(work, n) for n in range(len(plan.chunks))]
    for name in (*chunks.LINES, "by_profile", "counted_parts", "seal_rejects"):
        listed = ", ".join(f"'{quoted(part / _file_of(name))}'" for part in parts)
        db.execute(f"create or replace view {name} as from read_parquet([{listed}])")
    lifted = f"select file, line, source_ref, reason from {stage.rejects()} union all" if stage else ""
    db.execute(f"create or replace view rejected as {lifted} select file, line, source_ref, reason from seal_rejects")
    counting.make(ward, plan.smallest_cell)
    for name, table in outputs().items():
        _write(ward, name, table, out)
    if plan.answers != "none":
        answers.gather([part / "answers" for part in parts], out / "answers")
    summary = _summary(ward, plan, parts, stage)
    _put(out / "dictionary.csv", dictionary(_kept(ward, out) if plan.answers != "none" else {}))
    _put(out / "summary.json", json.dumps(summary, indent=1) + "\n")
    _put(out / "report.html", report.write(report_data(ward, summary)))
    return summary


def _file_of(name: str) -> str:
    return "rejects.parquet" if name == "seal_rejects" else f"{name}.parquet"


def _write(ward: Ward, name: str, table: dict[str, Any], out: Path) -> None:
    """The Parquet and the CSV file of one table."""
    listed = ", ".join(f'{made} as "{column}"' for column, (made, _) in table["columns"].items())
    select = f"select {listed} from {table['from']} order by {table['order']}"
    _copy(ward, select, out / f"{name}.parquet", "parquet, compression zstd")
    kinds = {row[0]: row[1] for row in ward.db.execute(f"describe from '{quoted(out)}/{name}.parquet'").fetchall()}
    cells = ", ".join(f'plain("{c}") as "{c}"' if kind == "VARCHAR" else f'"{c}"' for c, kind in kinds.items())
    form = "csv, header, timestampformat '%Y-%m-%dT%H:%M:%SZ'"
    _copy(ward, f"select {cells} from '{quoted(out)}/{name}.parquet'", out / f"{name}.csv", form)


def _copy(ward: Ward, select: str, file: Path, form: str) -> None:
    begun = file.with_name(f"{file.name}.part")
    ward.db.execute(f"copy ({select}) to '{quoted(begun)}' (format {form})")
    os.replace(begun, file)


def _put(file: Path, text: str) -> None:
    begun = file.with_name(f"{file.name}.part")
    begun.write_text(text, "utf-8", newline="\n")
    os.replace(begun, file)


def _kept(ward: Ward, out: Path) -> dict[str, list[str]]:
    """The columns of every table of OUT/answers."""
    place = quoted(out / "answers")
    return {name: list(ward.columns(f"'{place}/{name}/*.parquet'")) for name in answers.KEPT}


def dictionary(kept: dict[str, list[str]]) -> str:
    """Every column of every file with its meaning, as CSV. kept: the columns of the rows behind answers, by table."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["file", "column", "meaning"])
    for name, table in outputs().items():
        rows.writerows([name, column, meaning] for column, (_, meaning) in table["columns"].items())
    for name, columns in kept.items():
        rows.writerows([f"answers/{name}", column, answers.meaning(name, column)] for column in columns)
    return text.getvalue()


def _summary(ward: Ward, plan: Plan, parts: list[Path], stage: Stage | None) -> dict[str, Any]:
    """What the run was and what it found, in figures that add up."""
    counts = [json.loads((part / "counts.json").read_text("utf-8")) for part in parts]
    read = stage.counts() if stage else Counts()
    for count in counts:
        read.lifted += count["lifted"]
        read.ignored.update(count["ignored"])
    if not stage:
        read.received = read.lifted = sum(count["patients"] for count in counts)
    return {
        "format": plan.format,
        "as_of": plan.as_of,
        "profile": plan.profile,
        "scheme": plan.scheme,
        "patients": sum(count["patients"] for count in counts),
        "repeats": sum(count["repeats"] for count in counts),
        "pieces": {
            "received": read.received,
            "lifted": read.lifted,
            "rejected": read.received - read.lifted - sum(read.ignored.values()),
            "ignored": dict(sorted(read.ignored.items())),
        },
        **counting.totals(ward),
        "smallest_cell": plan.smallest_cell,
        "version": version(),
    }


def report_data(ward: Ward, summary: dict[str, Any]) -> dict[str, Any]:
    """Everything the report shows, as plain rows."""
    return {"summary": summary, **counting.pictures(ward)}


def sentence(summary: dict[str, Any], out: Path) -> str:
    """What a finished run says on the command line."""
    gaps = ", ".join(f"{name.replace('_', ' ')} {'few' if n is None else n}" for name, n in summary["by_gap"].items())
    return (
        f"{summary['patients']} patients, {summary['tested']} with a serum magnesium, {summary['ever_low']} ever low "
        f"({summary['episodes']} episodes). Gaps: {gaps or 'none'}.\nSee {out / 'report.html'}"
    )
