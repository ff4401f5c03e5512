"""Lines that are worded alike (worded.py), kept as their own few columns, and the facts that they and their wordings make."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hypomag.read.staged import Stage, Unit, quoted
from hypomag.record import TABLES

if TYPE_CHECKING:
    from hypomag.read.worded import Worded
    from hypomag.read.wording import Said

DELETED = "deleted by the export"
OWN = {  # what a column reads where it is the line's own
    "id": "l.name", "patient": "l.patient", "order": 'l."order"', "value0": "l.value0", "number0": "try_cast(l.value0 as double)",
    "value1": "l.value1", "number1": "try_cast(l.value1 as double)", "time0": "l.time0", "time1": "l.time1", "time2": "l.time2",
}  # fmt: skip
NOT_SAID = ("row", "of_row", "file", "line")
LINE = 'patient, name, file, line, key, "order", value0, value1, time0, time1, time2'
PARTS, WORDINGS, FACTS = 2**12, 2**20, 2**10  # at most: parts of a file, wordings of a part, facts of a line


class Fact(NamedTuple):
    """A fact that a wording says, at a place among its facts; bears: whether it has further codes."""

    key: int
    place: int
    bears: bool
    said: Said


def put(unit: Unit, file: Path, nth: int, worded: Worded, columns: dict[str, Any]) -> None:
    """Write lines of the nth file, and what their wordings say."""
    db = unit.db
    if deleted := {name for (name,) in db.execute("select name from deleted").fetchall()}:
        names = [f"{worded.kind(n)}/{one}" for n, one in zip(columns["wording"], columns["id"], strict=True)]
        kept = [name not in deleted for name in names]
        unit.counts.received += kept.count(False)
        unit.counts.ignored[DELETED] += kept.count(False)
        columns = {name: column[kept] for name, column in columns.items()}
    if not len(columns["number"]):
        return
    first = (nth * PARTS + unit.parts["worded"]) * WORDINGS
    wordings = sorted(set(columns["wording"].tolist()))
    db.register("lines_now", columns)
    db.execute("create or replace temp table kinds as select unnest(?::bigint[]) as wording, unnest(?::varchar[]) as kind",
               [wordings, [worded.kind(n) for n in wordings]])  # fmt: skip
    own = {c: f'l."{c}"' for c in columns if c not in ("number", "wording", "id")}
    n = unit.put("worded", "lines_now l join kinds using (wording)", name="concat(kind, '/', l.id)", line="l.number",
                 key=f"{first} + wording", file=f"'{quoted(file.name)}'", **own)  # fmt: skip
    db.unregister("lines_now")
    unit.counts.received += n
    unit.counts.lifted += n
    facts: dict[str, list[Fact]] = defaultdict(list)
    for wording in wordings:
        said = worded.said[wording]
        for place, fact in enumerate(said):
            facts[fact.table].append(Fact(first + wording, place, any(one.of == place for one in said), fact))
    for table, found in facts.items():
        _put_said(unit, table, found)


def _put_said(unit: Unit, table: str, facts: list[Fact]) -> None:
    """Write what wordings say in one table: a row for each fact."""
    columns = [c for c in TABLES[table] if c not in NOT_SAID]
    types = {"key": "bigint", "place": "bigint", "bears": "boolean", "of_place": "bigint"}
    types |= {c: TABLES[table][c] for c in columns} | {f"{c}_own": "text" for c in columns}
    rows = [
        (*fact[:3], fact.said.of, *map(fact.said.columns.get, columns), *map(fact.said.own.get, columns))
        for fact in facts
    ]
    unit.keep(f"said_{table}", types, rows)


def lines(stage: Stage, bucket: int) -> None:
    """Make `worded_now`, the lines of a bucket, for `facts`."""
    stage.db.execute(f"create or replace temp view worded_now as select {LINE} from {stage.facts('worded', bucket)}")


def facts(stage: Stage, table: str) -> str:
    """What FROM reads for the facts that the lines of `worded_now` and their wordings make in a table."""
    files = stage.kept(f"said_{table}")
    if not files:
        return ""
    said = f"said_now_{table}"
    stage.db.execute(f"""create or replace temp table {said} as
        from read_parquet([{files}]) where key in (select distinct key from worded_now)""")
    columns = [c for c in TABLES[table] if c not in NOT_SAID]
    listed = ", ".join(f'list(distinct "{c}_own"), bool_or("{c}_own" is null)' for c in columns)
    found = stage.db.execute(f"select count(*), {listed}, bool_or(bears) from {said}").fetchall()[0]
    if not found[0]:
        return ""
    own = {"file": "l.file", "line": "l.line"}
    for c, places, some in zip(columns, found[1:-1:2], found[2:-1:2], strict=True):
        places = sorted(place for place in places if place)
        reads = {place: OWN[place] + (f' + w."{c}"' if place.startswith("time") else "") for place in places}
        cases = " ".join(f"when '{place}' then {read}" for place, read in reads.items())
        one = reads[places[0]] if len(places) == 1 and not some else f'case w."{c}_own" {cases} else w."{c}" end'
        own[c] = one if places else f'w."{c}"'
    for c, kind in TABLES[table].items():
        if kind == "text" and c in columns:
            own[c] = f"coalesce({own[c]}, '')"
    lines = PARTS * WORDINGS  # more than a file has, so that no fact has the key of another
    key = f"((w.key // {lines} + 1) * {lines} + l.line) * {FACTS}"
    own["row"] = "null::bigint"
    own["fact_key"] = f"case when w.bears then {key} + w.place end" if found[-1] else "null::bigint"
    if table == "codings":
        own |= {"of_row": f"{key} + w.of_place", "file": "''", "line": "null::bigint"}
    each = ", ".join(f'{said} as "{c}"' for c, said in own.items())
    return f"(select {each} from worded_now l join {said} w on w.key = l.key)"
