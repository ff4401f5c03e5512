"""Where a population comes from: the input files of each format, the chunks, and how a chunk's record is made."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from hypomag.engine.duckdb import Ward
from hypomag.read import mimic, parquet, sealing
from hypomag.read.staged import Stage
from hypomag.record import Refused
from hypomag.screen.chunks import Fill
from hypomag.screen.plan import BYTES_A_CHUNK, PATIENTS_A_CHUNK

STAGED: dict[str, ModuleType] = {"mimic": mimic}
FORMATS = (*STAGED, "record")


def inputs(format: str, source: Path) -> list[Path]:
    """The input files. Raises Refused where the source is not of the format."""
    if not source.exists():
        raise Refused(f"{source}: there is no such file or folder.")
    if format == "record":
        return parquet.inputs(source)
    return STAGED[format].inputs(source)


def chunks(format: str, source: Path, ward: Ward, files: list[Path], patients: int | None) -> list[tuple[int, int]]:
    """Ranges of patient numbers for a record, (bucket, of how many) for what must be lifted first."""
    if format == "record":
        parquet.check(ward.db, source)
        size = patients or PATIENTS_A_CHUNK
        last = parquet.patients(ward.db, source)
        return [(first, min(first + size - 1, last)) for first in range(1, last + 1, size)]
    size = sum(file.stat().st_size for file in files)
    buckets = -(-size // BYTES_A_CHUNK) or 1
    return [(n, buckets) for n in range(buckets)]


def prepare(format: str, source: Path, ward: Ward, work: Path, buckets: int) -> tuple[Fill, Stage | None]:
    """Lift what must be lifted, then say how a chunk is filled."""
    if format == "record":

        def from_record(ward: Ward, chunk: tuple[int, int]) -> int:
            parquet.fill(ward.db, source, *chunk)
            return 0

        return from_record, None
    stage = Stage(ward.db, work / "lifted", buckets)
    stage.folder.mkdir(parents=True, exist_ok=True)
    STAGED[format].lift(stage, source)

    def from_stage(ward: Ward, chunk: tuple[int, int]) -> int:
        return sealing.seal(ward.db, lambda table: stage.facts(table, chunk[0]))

    return from_stage, stage
