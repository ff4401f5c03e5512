"""One screening run from beginning to end; stopped at any instant, it goes on to the same bytes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypomag import knowledge
from hypomag.engine.duckdb import Ward
from hypomag.screen import chunks, finish, plan, sources
from hypomag.screen.words import Words

WORK = ".work"


@dataclass
class Progress:
    """How far a run is. rate: patients a second since it began or went on; left: seconds, None until that is known."""

    step: str
    done: int = 0
    of: int = 0
    patients: int = 0
    rate: float | None = None
    left: float | None = None


Told = Callable[[Progress], None]


def screen(
    source: Path,
    out: Path,
    *,
    format: str,
    engine: str = "duckdb",
    as_of: int | None = None,
    profile: str | None = None,
    scheme: str = "ctcae_v5",
    answers: str = "none",
    resume: bool = False,
    memory: str = "1GB",
    threads: int | None = None,
    patients_a_chunk: int | None = None,
    smallest_cell: int = 5,
    tell: Told = lambda progress: None,
) -> dict[str, Any]:
    """Screen every patient of `source` and write the files of docs/reference/screen.md into `out`.

    format: one of sources.FORMATS. as_of: epoch seconds; without it each patient's own latest time. answers: none,
    worklist or all. memory, threads: for DuckDB; what does not fit goes to the disk. Returns the summary.
    Raises Refused where the input cannot be used, has changed since a stopped run began, or `out` holds a run already.
    """
    tell(Progress("reading the input's fingerprint"))
    files = sources.inputs(format, source)
    work = out / WORK
    settings: dict[str, Any] = {"memory_limit": memory, "temp_directory": str(work / "spill")}
    if threads:
        settings["threads"] = threads
    ward = Ward(**settings)
    planned = plan.Plan(
        format=format, engine=engine, as_of=as_of, profile=profile, scheme=scheme, answers=answers,
        smallest_cell=smallest_cell, chunks=sources.chunks(format, source, ward, patients_a_chunk),
        inputs=plan.fingerprints(source, files), knowledge=knowledge.load().version, rules=plan.rules_version(),
    )  # fmt: skip
    plan.settled(planned, work, resume)
    tell(Progress("lifting the input"))
    fill, stage = sources.prepare(format, source, ward, work, len(planned.chunks))
    words = Words(ward)
    began, patients, of = time.monotonic(), 0, len(planned.chunks)
    for n in range(of):
        if not chunks.done(work, n).exists():
            patients += chunks.run(ward, words, planned, n, work, fill)
        passed = time.monotonic() - began
        rate = patients / passed if patients else None
        tell(Progress("screening", n + 1, of, patients, rate, passed / (n + 1) * (of - n - 1) if patients else None))
    tell(Progress("writing"))
    ward.db.close()
    return finish.finish(Ward(**{**settings, "threads": 1}), planned, work, out, stage)
