"""What a wording says, asked once of the reader of a single patient; the lines that are worded so say it too.

The reader is asked twice, each time with an id, a patient, times and a value of our own in the line's places. A column that
comes out the same is part of what the wording says; one that comes out as what was put in is the line's own. Where anything
else differs, or a part was left out, the lines are left to the reader one by one.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, NamedTuple

from hypomag.read.alike import NO_TIME, ORDER
from hypomag.read.fhir.bundle import lift_pieces
from hypomag.read.fhir.reading import piece
from hypomag.read.fhir.subject import SUBJECT
from hypomag.read.json_text import Written
from hypomag.read.pattern import Path, Pattern
from hypomag.read.times import parse
from hypomag.record import Record

# Put in the places of a line: id, patient, order, two values and three times, which come in the order of the line's own.
ASKED = (
    ("hypomag-a", "hypomag-b", "ServiceRequest/hypomag-c", ("271.828", "16.18"),
     ("1991-02-03T04:05:06Z", "1992-03-04T05:06:07Z", "1993-04-05T06:07:08Z")),
    ("hypomag-d", "hypomag-e", "ServiceRequest/hypomag-f", ("314.159", "14.14"),
     ("1994-05-06T07:08:09Z", "1995-06-07T08:09:10Z", "1996-08-09T09:10:11Z")),
)  # fmt: skip
FILE = "hypomag"


class Said(NamedTuple):
    """One fact that a wording says: a value for each column, and the columns that are the line's own."""

    table: str
    columns: dict[str, Any]  # of a time of the line's own: how many seconds later
    own: dict[str, str]  # column: id, patient, order, number0, value0, ... time2
    of: int | None  # of a further code: the place among the wording's facts of the fact it belongs to


def said(pattern: Pattern, resource: dict[str, Any], times: Sequence[int]) -> list[Said] | None:
    """The facts of a resource written so; None where its lines are left to the reader of a single patient.

    times: what stands at the pattern's moments in this line, NO_TIME where that is no plain time (and so is part of the
    wording). In all lines of one wording they stand in the same order.
    """
    places = resource.get("location")
    if pattern.kind == "Encounter" and places and not (isinstance(places, list) and all(map(_is_named, places))):
        return None
    known = sorted({time for time in times if time != NO_TIME})
    filled = [[own[-1][known.index(time)] if time in known else None for time in times] for own in ASKED]
    first, second = (_asked(pattern, resource, own, times) for own, times in zip(ASKED, filled, strict=True))
    if first is None or second is None or [table for table, _ in first] != [table for table, _ in second]:
        return None
    holds = [_places(pattern.kind, own, times) for own, times in zip(ASKED, filled, strict=True)]
    places = {id(fact): n for n, (_, fact) in enumerate(first)}
    found = []
    for (table, fact), (_, other) in zip(first, second, strict=True):
        if fact["file"] != ("" if table == "codings" else FILE):
            return None
        columns, own = {}, {}
        for column, value in fact.items():
            if column == "of_row":
                continue
            if value == other[column] and type(value) is type(other[column]):
                columns[column] = value
            elif place := _own(holds, value, other[column]):
                own[column], columns[column] = place
            else:
                return None
        if own.get("patient") != "patient" or own.get("source_ref") != "id":
            return None
        of = fact.get("of_row")
        found.append(Said(table, columns, own, None if of is None else places[id(of)]))
    return found


def _is_named(place: Any) -> bool:
    """Whether a location of an Encounter says its name itself."""
    where = place.get("location") if isinstance(place, dict) else None
    return isinstance(where, dict) and isinstance(where.get("display"), str) and where["display"] != ""


def _asked(
    pattern: Pattern, resource: dict[str, Any], own: tuple[Any, ...], times: Sequence[str | None]
) -> list[tuple[str, dict[str, Any]]] | None:
    """The facts of the resource with its places filled, each with its table."""
    asked = copy.deepcopy(resource)
    asked["id"] = own[0]
    asked[SUBJECT.get(pattern.kind, "subject")]["reference"] = f"Patient/{own[1]}"
    for path, time in zip(pattern.moments, times, strict=False):
        if time is not None:
            _put(asked, path, time)
    for path, value in zip(pattern.values, own[3], strict=False):
        _put(asked, path, Written(value))
    if ORDER in {role for _, role in pattern.parts}:
        asked["basedOn"][0]["reference"] = own[2]
    record = lift_pieces([piece("line", asked, file=FILE, line=1)], None, Record(), "a wording", everybody=True)
    if record.rejects or record.lifted != 1 or +record.ignored:
        return None
    return [(table, fact) for table, facts in record.tables.items() for fact in facts]


def _put(resource: Any, path: Path, value: Any) -> None:
    for step in path[:-1]:
        resource = resource[step]
    resource[path[-1]] = value


def _places(kind: str, own: tuple[Any, ...], times: Sequence[str | None]) -> dict[str, Any]:
    """What each place holds, as a column would."""
    held = {"id": f"{kind}/{own[0]}", "patient": own[1], "order": own[2]}
    for n, value in enumerate(own[3]):
        held |= {f"number{n}": float(value), f"value{n}": value}
    return held | {f"time{n}": parse(time)[0] for n, time in enumerate(times) if time is not None}


def _own(holds: list[dict[str, Any]], first: Any, second: Any) -> tuple[str, int | None] | None:
    """Which of the line's own places a column holds; of a time, how many seconds later it is."""
    for name, one in holds[0].items():
        if first == one and second == holds[1][name] and type(first) is type(one):
            return name, 0 if name.startswith("time") else None
    for name, one in holds[0].items():
        if name.startswith("time") and type(first) is type(second) is int and first - one == second - holds[1][name]:
            return name, first - one
    return None
