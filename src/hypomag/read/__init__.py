"""One small reader for each outside source; each fills the record."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hypomag.read import json_text
from hypomag.record import Record, Refused, seal

FORMATS = ("form", "case", "fhir")
LINES = (".ndjson", ".ndjson.gz", ".jsonl", ".jsonl.gz")
JSON_START = re.compile(rb"\s*(?:\{|\[\s*[{\]])")  # a TOML table starts with [ and a name


def read(
    source: str | Path | bytes,
    format: str | None = None,
    patient: str | None = None,
    max_bytes: int = json_text.MAX_BYTES,
) -> Record:
    """The sealed record of one patient from a file, a folder of NDJSON files, or bytes. gzip is unpacked.

    format: form, case or fhir; found out from the content where not given. patient: the id of the one to read
    where the source holds several. max_bytes: the most that one document may have, unpacked.
    Raises Refused, with one sentence that names the place, where the source cannot be used at all.
    """
    if format is not None and format not in FORMATS:
        raise ValueError(f"format must be one of {', '.join(FORMATS)}")
    path = None if isinstance(source, bytes) else Path(source)
    name = "input" if path is None else str(path)
    if path is not None and (path.is_dir() or path.name.lower().endswith(LINES)):
        return seal(_lines(path, format, patient, max_bytes))
    if isinstance(source, bytes):
        data = json_text.unpacked(source, name, max_bytes)
    else:
        data = json_text.load(Path(source), max_bytes)
    may_be_toml = format in (None, "form") and not JSON_START.match(data)
    if (path is not None and path.suffix == ".toml") or (may_be_toml and data.strip()):
        document = json_text.toml(data, name)
        found = "form"
    else:
        document = json_text.loads(data, name)
        found = kind_of(document)
    return seal(lift(document, format or found, patient, None if path is None else name))


def kind_of(document: Any) -> str:
    """form, case or fhir, from what a document holds."""
    if isinstance(document, list) or (isinstance(document, dict) and "resourceType" in document):
        return "fhir"
    return "case" if isinstance(document, dict) and "schema_version" in document else "form"


def lift(document: Any, format: str, patient: str | None = None, file: str | None = None) -> Record:
    """The record, not yet sealed, of a parsed document."""
    if format == "fhir":
        from hypomag.read import fhir

        return fhir.lift(document, patient, file)
    if not isinstance(document, dict):
        raise Refused(f"{file or 'input'}: a {format} is one object; this is a {type(document).__name__}.")
    if format == "case":
        from hypomag.read import case

        record = case.lift(document, file)
    else:
        from hypomag.read import form

        record = form.lift(document, file)
    if patient is not None and any(fact["id"] != patient for fact in record.tables["patients"]):
        raise Refused(f"{file or 'input'}: holds no patient with the id that was asked for.")
    return record


def _lines(path: Path, format: str | None, patient: str | None, max_bytes: int) -> Record:
    """The record of one patient from an NDJSON file, or from all of a folder."""
    from hypomag.read import fhir

    if format not in (None, "fhir"):
        raise Refused(f"{path}: NDJSON and folders are read as fhir, not as {format}.")
    files = [path]
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.name.lower().endswith(LINES))
        if not files:
            raise Refused(f"{path}: holds no .ndjson or .ndjson.gz file.")
    return fhir.lift_lines(files, patient, max_bytes)
