"""Where a population comes from: the input files of each format, the chunks, and how a chunk's record is made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from hypomag.engine.duckdb import Ward
from hypomag.read import bulk, mimic, omop, parquet, sealing
from hypomag.read.staged import STAGED, Stage
from hypomag.record import TABLES, Refused

PATIENTS_A_CHUNK = 100_000  # holds 3 million results in about 1 GB
BYTES_A_CHUNK = 256 * 2**20  # of input files as they lie, where nobody knows yet how many patients they hold
LIFTED: dict[str, ModuleType] = {"fhir": bulk, "mimic": mimic, "omop": omop}
FORMATS = (*LIFTED, "record")
# Makes the record tables of a chunk and adds to `seal_rejects`; returns counts: repeats, lifted, ignored.
Fill = Callable[[Ward, tuple[int, int]], dict[str, Any]]


def inputs(format: str, source: Path) -> list[Path]:
    """The input files. Raises Refused where the source is not of the format."""
    if not source.exists():
        raise Refused(f"{source}: there is no such file or folder.")
    return parquet.inputs(source) if format == "record" else LIFTED[format].inputs(source)


def chunks(format: str, source: Path, ward: Ward, patients: int | None) -> list[tuple[int, int]]:
    """Ranges of patient numbers for a record, (bucket, of how many) for what must be lifted first."""
    if format == "record":
        parquet.check(ward.db, source)
        size = patients or PATIENTS_A_CHUNK
        last = parquet.patients(ward.db, source)
        return [(first, min(first + size - 1, last)) for first in range(1, last + 1, size)]
    if format == "fhir":
        buckets = bulk.buckets(source)
    else:
        buckets = -(-sum(file.stat().st_size for file in inputs(format, source)) // BYTES_A_CHUNK) or 1
    return [(n, buckets) for n in range(buckets)]


def prepare(format: str, source: Path, ward: Ward, work: Path, buckets: int) -> tuple[Fill, Stage | None]:
    """Lift what must be lifted, then say how a chunk is filled."""
    if format == "record":

        def from_record(ward: Ward, chunk: tuple[int, int]) -> dict[str, Any]:
            parquet.fill(ward.db, source, *chunk)
            return {"repeats": 0, "lifted": 0, "ignored": {}}

        return from_record, None
    stage = Stage(ward.db, work / "lifted", buckets)
    stage.folder.mkdir(parents=True, exist_ok=True)
    LIFTED[format].lift(stage, source)
    return (_from_lines(stage, buckets) if format == "fhir" else _from_stage(stage)), stage


def _from_stage(stage: Stage) -> Fill:
    def fill(ward: Ward, chunk: tuple[int, int]) -> dict[str, Any]:
        repeats = sealing.seal(ward.db, lambda table: stage.facts(table, chunk[0]))
        return {"repeats": repeats, "lifted": 0, "ignored": {}}

    return fill


def _from_lines(stage: Stage, buckets: int) -> Fill:
    """Lines of FHIR become facts when their chunk comes."""
    shared = bulk.shared_pieces(stage, buckets)

    def fill(ward: Ward, chunk: tuple[int, int]) -> dict[str, Any]:
        for table in TABLES:
            ward.make(f"lifted_{table}", STAGED[table])
        lifted, ignored, said = 0, Counter[str](), []
        for record in bulk.of_bucket(stage, chunk[0], shared):
            for table, rows in bulk.rows(record, STAGED).items():
                ward.fill(f"lifted_{table}", STAGED[table], rows)
            lifted += record.lifted
            ignored += +record.ignored
            said += [(one.file or "", one.line, one.source_ref, one.reason) for one in record.rejects]
        repeats = sealing.seal(ward.db, bulk.facts(stage, chunk[0]))
        ward.fill("seal_rejects", STAGED["rejects"], said)
        return {"repeats": repeats, "lifted": lifted, "ignored": dict(ignored)}

    return fill
