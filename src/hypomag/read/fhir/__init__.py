"""FHIR R4, by thin readers that lift what they know, refuse what they must understand and do not, and count.

A Bundle of any type, a list of resources, one resource, or NDJSON files of many patients.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hypomag.read import json_text
from hypomag.read.fhir.bundle import lift_pieces, pieces_of
from hypomag.read.fhir.reading import Piece, piece
from hypomag.record import Record, Refused

MAX_LINES = 1_000_000


def lift(document: Any, patient: str | None = None, file: str | None = None) -> Record:
    """The record of one patient from parsed JSON: a Bundle, a list of resources and Bundles, or a resource.

    Decimals may be json_text.Written (as `json_text.loads` gives them) or float. Raises Refused where the
    document holds no patient, or several and `patient` (an id) does not say which.
    """
    record = Record()
    return lift_pieces(pieces_of(document, file, record), patient, record, file or "input")


def lift_lines(files: Iterable[Path], patient: str | None = None, max_bytes: int = json_text.MAX_BYTES) -> Record:
    """The record of everybody in NDJSON files (gzip or not), one resource a line, or of the one `patient`.

    A line that is no JSON is rejected, the others are read. Where `patient` is given, lines that do not name
    that id are counted without being parsed. Raises Refused for more than MAX_LINES lines to be kept at once.
    """
    record = Record()
    pieces: list[Piece] = []
    needle = patient.rsplit("/", 1)[-1].removeprefix("urn:uuid:").encode() if patient else b""
    for path in files:
        for number, line in json_text.lines(path, max_bytes):
            # a Medication names no patient; an escape could hide the id
            if needle not in line and b'"Medication"' not in line and b"\\u" not in line:
                record.received += 1
                record.ignored["another patient"] += 1
                continue
            if len(pieces) >= MAX_LINES:
                raise Refused(f"{path}: more than {MAX_LINES} resources at once; name one patient, or use screen.")
            try:
                resource = json_text.loads(line, "line")
                pieces.append(piece(f"line{number}", resource, file=str(path), line=number))
            except Refused as wrong:
                record.received += 1
                record.reject("line", str(wrong), str(path), number)
    return lift_pieces(pieces, patient, record, "the files", everybody=patient is None)
