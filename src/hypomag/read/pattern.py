"""The pattern of a line of NDJSON: what stays the same from line to line, and what stands between.

Keys, brackets, commas and the type of the resource stay. Texts and numbers change: some are read by nobody, some are ids,
times and values that each line has its own of, and the rest is the wording, which says the same whenever it is written the
same. A pattern is made only of a line that json_text accepts, so whatever is like it is sound JSON without a key twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from hypomag.read.alike import (
    END,
    ID,
    ORDER,
    PATIENT,
    READ,
    READ_NUMBER,
    SPECIMEN,
    TIME,
    TIMES,
    UNREAD,
    UNREAD_NUMBER,
    VALUE,
    VALUES,
)
from hypomag.read.fhir.subject import SUBJECT

TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false|null|[{}\[\]:,]|[ \t]+')
Path = tuple[str | int, ...]

# The kinds of resource that may be lifted by their wording: all that they say of a patient stands in one line. With each the
# elements of its own that no reader looks at, after those that none looks at in any kind (meta only where a resource comes
# twice). A test holds each of them.
EVERYWHERE = """meta text language identifier encounter context performer requester recorder asserter participant
    serviceProvider reasonCode reasonReference priority courseOfTherapyType request hospitalization usedCode extension
    requisition severity stage evidence diagnosis partOf"""
NOT_READ = {
    kind: frozenset(f"{EVERYWHERE} {elements}".split())
    for kind, elements in {
        "Observation": "category device method derivedFrom",
        "Condition": "note bodySite",
        "Procedure": "category bodySite note basedOn",
        "ServiceRequest": "category bodySite note basedOn",
        "Encounter": "category type statusHistory classHistory serviceType length account episodeOfCare appointment basedOn",
        "MedicationRequest": "category basedOn note",
        "MedicationStatement": "category note basedOn",
        "MedicationAdministration": "category note device eventHistory supportingInformation",
        "MedicationDispense": "category note quantity authorizingPrescription receiver destination",
    }.items()
}
MOMENTS = frozenset([(name,) for name in (
    "effectiveDateTime", "issued", "onsetDateTime", "abatementDateTime", "recordedDate", "performedDateTime",
    "authoredOn", "occurrenceDateTime", "dateAsserted", "whenHandedOver", "whenPrepared",
)] + [(f"{name}eriod", end) for name in (
    "p", "effectiveP", "onsetP", "abatementP", "performedP", "occurrenceP",
) for end in ("start", "end")] + [("dispenseRequest", "validityPeriod", "start")])  # fmt: skip
# What makes a fact depend on other resources or on the patient, so that the wording alone does not say it.
ELSEWHERE = frozenset(["reference", "contained", "appliesTo", "age", "onsetAge", "abatementAge", "performedAge"])


@dataclass(frozen=True)
class Pattern:
    """kind, and the parts of the line: bytes that stay, and the role (alike.py) of what comes behind them."""

    kind: str
    parts: tuple[tuple[bytes, int], ...]
    values: tuple[Path, ...]  # where each of the values stands
    moments: tuple[Path, ...]  # and each of the times


def pattern_of(line: bytes, resource: Any) -> Pattern | None:
    """The pattern of a line that json_text made `resource` of; None where its wording alone would not do."""
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    if not isinstance(kind, str) or kind not in NOT_READ:
        return None
    found = _scalars(line)
    if found is None:
        return None
    parts: list[tuple[bytes, int]] = []
    values: list[Path] = []
    moments: list[Path] = []
    seen: set[int] = set()
    last = 0
    for path, begin, end in found:
        is_text = line[begin] == 34
        if path == ("resourceType",) or not (is_text or line[begin] in b"-0123456789"):
            continue  # true, false and null stay
        role = _role(kind, path, is_text, resource)
        if role is None:
            return None
        for first, most, places in ((VALUE, VALUES, values), (TIME, TIMES, moments)):
            if role == first and len(places) == most:
                role = READ if is_text else READ_NUMBER
            elif role == first:
                role += len(places)
                places.append(path)
                break
        seen.add(role)
        parts.append((line[last : begin + is_text], role))
        last = end - is_text
    parts.append((line[last:], END))
    return Pattern(kind, tuple(parts), tuple(values), tuple(moments)) if {ID, PATIENT} <= seen else None


def _role(kind: str, path: Path, is_text: bool, resource: dict[str, Any]) -> int | None:
    """What the text or number at a path is to us; None where the wording alone would not say what it means."""
    top = path[0]
    subject = SUBJECT.get(kind, "subject")
    if path == ("id",):
        return ID if is_text else None
    if path == (subject, "reference"):
        return PATIENT if is_text else None
    if top in NOT_READ[kind] or top == subject:
        return UNREAD if is_text else UNREAD_NUMBER
    if path in MOMENTS and is_text:
        return TIME
    if path == ("dispenseRequest", "validityPeriod", "end"):
        return UNREAD if is_text else None
    if kind == "Observation" and path[-2:] == ("valueQuantity", "value") and len(path) in (2, 4):
        return None if is_text else VALUE
    if kind == "Observation" and path == ("specimen", "reference"):
        return SPECIMEN if is_text else None
    if kind == "Observation" and top == "basedOn":
        if path == ("basedOn", 0, "reference") and len(resource["basedOn"]) == 1 and is_text:
            return ORDER
        return None if path[-1] == "reference" else UNREAD if is_text else None
    only_range = top == "referenceRange" and "reference" not in path and len(resource[top]) == 1  # is everybody's
    if not ELSEWHERE.isdisjoint(path) and not only_range and not (kind == "Encounter" and top == "location"):
        return None
    return READ if is_text else READ_NUMBER


def _scalars(line: bytes) -> list[tuple[Path, int, int]] | None:
    """Path and place of every text, number, true, false and null; None where a key is written with an escape."""
    found: list[tuple[Path, int, int]] = []
    path: list[str | int] = []
    at_key = False
    for token in TOKEN.finditer(line):
        begin, end = token.span()
        mark = line[begin]
        if mark in b"{[":
            at_key = mark == 123
            path.append("" if at_key else 0)
        elif mark in b"}]":
            path.pop()
            at_key = False
        elif mark == 44:
            step = path[-1]
            if isinstance(step, int):
                path[-1] = step + 1
            else:
                at_key = True
        elif mark in b": \t":
            continue
        elif at_key:
            if b"\\" in token[0]:
                return None
            path[-1] = line[begin + 1 : end - 1].decode()
            at_key = False
        else:
            found.append((tuple(path), begin, end))
    return found
