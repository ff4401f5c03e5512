"""Which resources came in, whose they are, and what becomes of each."""

from __future__ import annotations

from typing import Any

from hypomag.read import times
from hypomag.read.fhir import results, shape
from hypomag.read.fhir.reading import Piece, Reading, Unusable, piece, short
from hypomag.read.fhir.resources import LIFT
from hypomag.read.fhir.subject import People, people
from hypomag.record import EARLIEST, Record, Refused

REFERRED_TO = {"Medication", "Specimen", "Location", "ServiceRequest"}
NO_VERSION = (EARLIEST, -1)
NOT_A_RESOURCE = "not a FHIR resource: an object with a resourceType"


def pieces_of(document: Any, file: str | None, record: Record) -> list[Piece]:
    """Every resource of a Bundle, of a Bundle in a Bundle, of a list, or the one resource; deleted ones left out."""
    pieces: list[Piece] = []
    waiting: list[tuple[str, Any]] = [("", document)]
    deleted: set[str] = set()
    while waiting:
        place, one = waiting.pop()
        if isinstance(one, list) and not place:
            waiting += [(f"[{n}]", item) for n, item in enumerate(one)]
        elif isinstance(one, dict) and one.get("resourceType") == "Bundle":
            found = len(pieces)
            _open(one, place and f"{place}.", file, record, pieces, deleted)
            inner = [n for n in range(found, len(pieces)) if pieces[n].kind == "Bundle"]
            waiting += [(one.place, one.resource) for one in (pieces.pop(n) for n in reversed(inner))]
        else:
            pieces.append(piece(place, one, file=file))
    if deleted:
        kept = [one for one in pieces if one.name not in deleted]
        record.ignored["deleted in this history"] += len(pieces) - len(kept)
        record.received += len(pieces) - len(kept)
        return kept
    return pieces


def _open(
    bundle: dict[str, Any], where: str, file: str | None, record: Record, pieces: list[Piece], deleted: set[str]
) -> None:
    """Take the resources out of one Bundle."""
    if "implicitRules" in bundle:
        raise Refused(f"{file or 'input'}: {where}implicitRules changes what everything means, in a way unknown here.")
    entries = bundle.get("entry")
    if entries is not None and not isinstance(entries, list):
        raise Refused(f"{file or 'input'}: {where}entry must be a list of entries.")
    links = bundle.get("link")
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict) and link.get("relation") == "next":
            record.reject("Bundle link", "one page of several: the next page was not given, so facts are missing", file)
    for n, entry in enumerate(entries or ()):
        if isinstance(entry, dict) and entry.get("resource") is not None and "modifierExtension" not in entry:
            pieces.append(piece(f"{where}entry[{n}].resource", entry["resource"], entry.get("fullUrl"), file))
            continue
        record.received += 1
        if not isinstance(entry, dict):
            record.reject(f"{where}entry[{n}]", "an entry must be an object", file)
        elif "modifierExtension" in entry:
            record.reject(f"{where}entry[{n}]", "a modifierExtension we do not understand", file)
        else:
            request = entry.get("request")
            if bundle.get("type") == "history" and isinstance(request, dict) and request.get("method") == "DELETE":
                deleted.add(short(str(request.get("url"))))
            record.ignored["entry without a resource"] += 1


def lift_pieces(pieces: list[Piece], patient: str | None, record: Record, name: str, everybody: bool = False) -> Record:
    """Lift every resource about the one patient, or about everybody.

    Raises Refused where it is not clear who the one patient is.
    """
    record.received += len(pieces)
    everything = [one for one in pieces if one.kind]
    for one in pieces if len(everything) < len(pieces) else ():
        if not one.kind:
            record.reject(one.place or "document", NOT_A_RESOURCE, one.file, one.line)
    names = [one.name for one in everything if one.name]
    if len(set(names)) < len(names):
        everything = _latest(everything, record)
    referred_to: dict[str, Piece] = {}
    for one in everything:
        if one.kind in REFERRED_TO:
            referred_to[one.name] = referred_to[one.full_url] = one
    wanted = people(everything, patient, name, everybody)
    reading = Reading(record, referred_to)
    # Descriptions of the patient first: birth and sex are known before any result is read.
    for one in [one for one in everything if one.kind == "Patient"]:
        _lift(reading, one, wanted)
    for one in everything:
        if one.kind != "Patient":
            _lift(reading, one, wanted)
    return record


def _lift(reading: Reading, piece: Piece, wanted: People) -> None:
    """Lift one resource, or say why not. What it had added before it failed is taken back."""
    place, full_url, resource, kind, name, reading.file, reading.line = piece
    record = reading.record
    lift = LIFT.get(kind)
    if lift is None and not (kind == "DiagnosticReport" and resource.get("contained")):
        record.ignored[kind] += 1
        return
    reading.ref = name or full_url or place or kind
    reading.contained = resource.get("contained")
    who = None
    try:
        if "modifierExtension" in resource or "implicitRules" in resource:
            raise Unusable("modifierExtension or implicitRules: it changes the meaning in a way unknown here")
        who = wanted.whose(piece)
        if who is None:
            if reading.line is None:
                raise Unusable("about another patient")
            record.ignored["another patient"] += 1  # of a file of many patients nobody expects a list
            return
        reading.who = who
        if lift is None:
            _report(reading, resource, wanted)
        else:
            lift(reading, resource)
        record.lifted += 1
    except Unusable as wrong:
        _take_back(reading, str(wrong))
        if kind == "Observation" and (who or _is_theirs(wanted, piece, reading)):
            results.unread(reading, resource, str(wrong))
    except (AttributeError, TypeError, KeyError, ValueError):
        misfit = shape.misfit(resource)
        if misfit is None and not (misfit := _misfit_elsewhere(reading)):
            raise  # not the input's fault
        _take_back(reading, f"{place}.{misfit}" if place else misfit)
        if kind == "Observation" and who:
            results.unread(reading, resource, misfit)


def _is_theirs(wanted: People, piece: Piece, reading: Reading) -> bool:
    """Whether a rejected resource is surely about a patient we read."""
    try:
        who = wanted.whose(piece)
    except (Unusable, AttributeError, TypeError, KeyError, ValueError):
        return False
    reading.who = who or reading.who
    return who is not None


def _misfit_elsewhere(reading: Reading) -> str | None:
    """What is wrong in a resource that the one in hand may refer to."""
    for other in reading.pieces.values():
        if misfit := shape.misfit(other.resource):
            return f"refers to another resource, in which {misfit}"
    return None


def _take_back(reading: Reading, reason: str) -> None:
    """Reject the resource in hand, and remove the facts it had already given."""
    for facts in reading.record.tables.values():
        while facts and facts[-1]["source_ref"] is reading.ref:  # this very string: a namesake keeps its facts
            facts.pop()
    reading.record.reject(reading.ref, reason, reading.file, reading.line)


def _report(reading: Reading, report: dict[str, Any], wanted: People) -> None:
    """The results that a DiagnosticReport contains. Those it only refers to are lifted by themselves.

    A contained result without a subject is about whom the report is about.
    """
    asked = {result["reference"] for result in report.get("result") or () if result.get("reference")}
    for one in report["contained"]:
        if one.get("resourceType") == "Observation" and f"#{one.get('id')}" in asked:
            if "modifierExtension" in one or "implicitRules" in one:
                reading.leave_out(f"contained[{one.get('id')}]", "a modifier we do not understand")
                continue
            if one.get("subject") and wanted.whose(piece("", one)) is not reading.who:
                reading.leave_out(f"contained[{one.get('id')}]", "about another patient")
                continue
            status = report.get("status")
            void = status in ("entered-in-error", "cancelled")
            results.observation(reading, {**one, "status": status} if void else one)


def _latest(pieces: list[Piece], record: Record) -> list[Piece]:
    """Where the same resource came in several versions that say which is later: the last of them."""
    last: dict[str, tuple[int, int]] = {}
    for one in pieces:
        last[one.name] = max(_version(one), last.get(one.name, NO_VERSION))
    kept = [one for one in pieces if not one.name or _version(one) >= last[one.name]]
    if older := len(pieces) - len(kept):
        record.ignored["older version of a resource"] += older
    return kept


def _version(piece: Piece) -> tuple[int, int]:
    """When this version was stored and its number, as far as it says."""
    meta = piece.resource.get("meta")
    if not isinstance(meta, dict):
        return NO_VERSION
    updated, version = meta.get("lastUpdated"), meta.get("versionId")
    number = version if isinstance(version, str) and version.isascii() and version.isdigit() else "-1"
    try:
        stored = times.parse(updated)[0] if isinstance(updated, str) else EARLIEST
    except ValueError:
        stored = EARLIEST
    return stored, int(number[:18])
