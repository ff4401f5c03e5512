"""FHIR R4 bulk export: a folder of NDJSON files (gzip or not, several a type), or one such file.

Lines that say what others said before are lifted at once (worded.py). The others are shared out by whose they are, by SQL
and without reading more of them than that; then each bucket of patients is lifted by the reader of a single patient. So
both read every resource alike. Where the folder holds the export's manifest.json, the resources named in its `deleted`
files are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypomag.read import LINES, json_text, lifted
from hypomag.read.fhir.bundle import lift_pieces
from hypomag.read.fhir.reading import Piece, piece
from hypomag.read.fhir.resources import LIFT
from hypomag.read.staged import Stage, Unit, quoted
from hypomag.record import TABLES, Record, Refused

if TYPE_CHECKING:
    from hypomag.read.worded import Worded

SHARED = ("Medication", "Location")  # what several patients' resources refer to
OF_PATIENT = (*sorted(LIFT), "DiagnosticReport", "Specimen")
NOT_A_RESOURCE = "not a FHIR resource: an object with a resourceType"
NO_SUBJECT = "no subject: it does not say by a reference whom it is about"
PACKED = 12  # gzip makes NDJSON about this much smaller
SMALL = 8 * 2**20  # bytes of unpacked lines: fewer are read one by one before numba is loaded
BYTES_A_BUCKET = 256 * 2**20  # of unpacked lines
BYTES_AT_ONCE = 32 * 2**20  # of lines that the reader of a single patient has in hand


def inputs(source: Path) -> list[Path]:
    """The NDJSON files, and the manifest where there is one. Raises Refused where there are none."""
    if source.is_file():
        return [source]
    found = sorted(file for file in source.iterdir() if file.name.lower().endswith(LINES))
    if not found:
        raise Refused(f"{source}: holds no .ndjson or .ndjson.gz file.")
    manifest = source / "manifest.json"
    return [*found, manifest] if manifest.is_file() else found


def buckets(source: Path) -> int:
    """Into how many buckets the patients are shared out."""
    return -(-_unpacked(source) // BYTES_A_BUCKET) or 1


def _unpacked(source: Path) -> int:
    """Bytes of all files, about as many as there are once unpacked."""
    return sum(file.stat().st_size * (PACKED if file.name.endswith(".gz") else 1) for file in inputs(source))


def lift(stage: Stage, source: Path) -> None:
    """Lift or share out the lines of every file, one unit a file; last, what came twice is left to one reader."""
    files = [file for file in inputs(source) if file.name != "manifest.json"]
    gone = _deleted(source, files)
    kept = [file for file in files if file.name not in gone.files]
    worded = _worded(source)
    for nth, file in enumerate(kept):
        with stage.unit(file.name) as unit:
            if unit:
                _file(unit, file, nth, worded, gone.names)
    with stage.unit("again") as unit:
        if unit:
            _again(stage, unit, kept)


def _worded(source: Path) -> Worded | None:
    """What compares lines with each other, where that pays and numba is there."""
    if _unpacked(source) < SMALL:
        return None
    from hypomag.read import alike, worded  # loads numba

    return worded.Worded() if alike.FAST else None


def _file(unit: Unit, file: Path, nth: int, worded: Worded | None, deleted: set[str]) -> None:
    """Lift what says what other lines said; share out the rest by whose it is."""
    unit.db.execute("create or replace temp table deleted as select unnest(?::varchar[]) as name", [sorted(deleted)])
    if worded is None:
        for lines in _batches(file):
            _share_out(unit, file, lines)
        return
    for columns, left in worded.lines(file):
        lifted.put(unit, file, nth, worded, columns)
        if left:
            _share_out(unit, file, left)


def _batches(file: Path) -> Iterator[list[tuple[int, bytes]]]:
    """The lines of a file, some at a time."""
    held: list[tuple[int, bytes]] = []
    size = 0
    for n, line in json_text.lines(file):
        held.append((n, line))
        size += len(line)
        if size > BYTES_AT_ONCE:
            yield held
            held, size = [], 0
    yield held


def _again(stage: Stage, unit: Unit, files: list[Path]) -> None:
    """Leave to one reader what hangs on another line: resources that come twice, and results whose Specimen is here."""
    db, worded, others = stage.db, stage.everywhere("worded"), stage.everywhere("lines")
    db.execute(f"""create or replace temp table twice as
        select h from (select hash(name) as h from {worded} union all select hash(name) from {others} where name <> '')
        group by h having count(*) > 1""")
    db.execute(f"""create or replace temp table again as
        select file, line, patient, name from {worded} where hash(name) in (select h from twice)
        or specimen <> '' and specimen in (select name from {others})""")
    found = dict(db.execute("select file, count(*) from again group by file").fetchall())
    if not found:
        return
    unit.put("again", "again", file="file", line="line")
    unit.counts.lifted -= sum(found.values())
    for file in files:
        if file.name in found:
            _share_out_again(unit, file)


def _share_out_again(unit: Unit, file: Path) -> None:
    """Put the lines of `again` that stand in a file where their patient's bucket is."""
    lines, last = json_text.lines(file), 0
    some = "select line, patient, name from again where file = ? and line > ? order by line limit 10000"
    while wanted := unit.db.execute(some, [file.name, last]).fetchall():
        whose = {n: (patient, name) for n, patient, name in wanted}
        last = wanted[-1][0]
        rows = []
        for n, line in lines:
            if n in whose:
                rows.append((*whose[n], file.name, n, line.decode()))
            if n == last:
                break
        unit.of_rows({"lines": rows})


def _share_out(unit: Unit, file: Path, lines: list[tuple[int, bytes]]) -> None:
    """Put lines where their patient's bucket is, and count and say those that are nobody's."""
    db = unit.db
    unit.counts.received += len(lines)
    texts, faults = [], []
    for n, line in lines:
        try:
            texts.append((n, line.decode()))
        except UnicodeDecodeError:
            faults.append((n, _fault(line)))
    db.execute("create or replace temp table raw_lines as select unnest(?::bigint[]) as n, unnest(?::varchar[]) as text",
               [list(column) for column in zip(*texts, strict=True)] or [[], []])  # fmt: skip
    listed = ", ".join(f"'{kind}'" for kind in OF_PATIENT)
    shared = ", ".join(f"'{kind}'" for kind in SHARED)
    about = (
        "case kind when 'AllergyIntolerance' then found[4] when 'Patient' then 'Patient/' || found[2] else found[3] end"
    )
    db.execute(f"""create or replace temp table lines_by as
        with looked as materialized (
          select n, text, json_valid(text) as is_json, case when is_json then json_extract_string(text,
            ['$.resourceType', '$.id', '$.subject.reference', '$.patient.reference']) end as found from raw_lines
        ),
        kinds as (select n, text, is_json, found, found[1] as kind, concat(found[1], '/', found[2]) as name from looked)
        select n, text, is_json, kind, name,
          regexp_extract({about}, '^(?:.*/)?(Patient/[^/]+)(?:/_history/.*)?$', 1) as patient,
          {about} as about, case when not is_json or kind is null then 'no resource'
            when name in (select name from deleted) then 'deleted'
            when kind in ({shared}) then 'shared' when kind in ({listed}) then 'patient' else 'ignored' end as fate
        from kinds""")
    place = {"file": f"'{quoted(file.name)}'", "line": "n"}
    for kind, n in db.execute(
        "select kind, count(*) from lines_by where fate in ('ignored', 'shared') group by 1"
    ).fetchall():
        unit.counts.ignored[kind] += n
    unit.counts.ignored[lifted.DELETED] += db.execute(
        "select count(*) from lines_by where fate = 'deleted'").fetchall()[0][0]  # fmt: skip
    faults += [(n, _fault(text.encode())) for n, text in db.execute(
        "select n, text from lines_by where fate = 'no resource' order by n").fetchall()]  # fmt: skip
    if faults:
        rows = [(file.name, n, "line", fault) for n, fault in sorted(faults)]
        unit.of_rows({"rejects": rows})
    whose = "case when patient <> '' then substr(patient, 9) when about like 'urn:%' then about end"
    unit.put(
        "lines", f"(from lines_by where fate = 'patient' and {whose} is not null)", patient=whose, text="text",
        name="name", **place,
    )  # fmt: skip
    unit.put("lines", "(from lines_by where fate = 'shared')", patient="''", text="text", **place)
    nobody = f"(from lines_by where fate = 'patient' and {whose} is null and about is null)"
    unit.put("rejects", nobody, source_ref="kind", reason=f"'{NO_SUBJECT}'", **place)
    unit.counts.ignored["about nobody's Patient"] += db.execute(
        f"select count(*) from lines_by where fate = 'patient' and {whose} is null and about is not null"
    ).fetchall()[0][0]


def _fault(line: bytes) -> str:
    try:
        json_text.loads(line, "line")
    except Refused as wrong:
        return str(wrong)
    return NOT_A_RESOURCE


class _Deleted:
    """What a manifest's `deleted` files name, and these files."""

    def __init__(self) -> None:
        self.files: set[str] = set()
        self.names: set[str] = set()


def _deleted(source: Path, files: list[Path]) -> _Deleted:
    gone = _Deleted()
    manifest = source / "manifest.json"
    if not (source.is_dir() and manifest.is_file()):
        return gone
    said = json_text.loads(json_text.load(manifest), str(manifest))
    present = {file.name for file in files}
    for entry in said.get("deleted") or [] if isinstance(said, dict) else []:
        name = str(entry.get("url", "")).rsplit("/", 1)[-1]
        found = {name, f"{name}.gz"} & present
        if not found:
            raise Refused(f"{manifest}: names {name} as deleted, which is not in the folder.")
        for one in found:
            gone.files.add(one)
            for _, line in json_text.lines(source / one):
                bundle = json_text.loads(line, one)
                for item in bundle.get("entry") or []:
                    if (item.get("request") or {}).get("method") == "DELETE":
                        gone.names.add("/".join(str(item["request"].get("url")).rsplit("/", 2)[-2:]))
    return gone


def of_bucket(stage: Stage, bucket: int, shared: list[Piece]) -> Iterator[Record]:
    """The records, not sealed, of the patients whose lines lie in one bucket, some patients in each.

    Counts leave the shared pieces out.
    """
    found = f"select file, line, text, patient from {stage.facts('lines', bucket)} where patient <> ''"
    lines = stage.db.cursor().execute(f"{found} order by patient, file, line")
    held: list[tuple[str, int, str]] = []
    size, last = 0, None
    while some := lines.fetchmany(1000):
        for file, line, text, patient in some:
            if patient != last and size > BYTES_AT_ONCE:
                yield _lifted(held, shared)
                held, size = [], 0
            held.append((file, line, text))
            size, last = size + len(text), patient
    if held:
        yield _lifted(held, shared)


def _lifted(lines: list[tuple[str, int, str]], shared: list[Piece]) -> Record:
    record = Record()
    pieces = [*shared, *_pieces(record, lines)]
    if len(pieces) > len(shared):
        lift_pieces(pieces, None, record, "the lines", everybody=True)
        record.received -= len(shared)
        for one in shared:
            record.ignored[one.kind] -= 1
    return record


def facts(stage: Stage, bucket: int) -> Callable[[str], str]:
    """What FROM reads for each table of a bucket: what was lifted by its wording, and the tables lifted_TABLE."""
    lifted.lines(stage, bucket)

    def of_table(table: str) -> str:
        worded = lifted.facts(stage, table)
        return f"(from {worded} union all by name from lifted_{table})" if worded else f"lifted_{table}"

    found = {table: of_table(table) for table in TABLES}
    return found.__getitem__


def shared_pieces(stage: Stage, buckets: int) -> list[Piece]:
    """The Medications and Locations of the export."""
    lines: list[tuple[str, int, str]] = []
    for bucket in range(buckets):
        select = f"select file, line, text from {stage.facts('lines', bucket)} where patient = '' order by file, line"
        lines += stage.db.execute(select).fetchall()
    return list(_pieces(Record(), lines))


def _pieces(record: Record, lines: list[tuple[str, int, str]]) -> Iterator[Piece]:
    for file, line, text in lines:
        try:
            yield piece(f"line{line}", json_text.loads(text.encode(), "line"), file=file, line=line)
        except Refused as wrong:
            record.received += 1
            record.reject("line", str(wrong), file, line)


def rows(record: Record, columns: dict[str, dict[str, str]]) -> dict[str, list[tuple[Any, ...]]]:
    """The facts of a record as rows of the staged tables; each fact that has further codes gets a key."""
    keys = {id(fact["of_row"]): n for n, fact in enumerate(record.tables["codings"], 1)}
    made: dict[str, list[tuple[Any, ...]]] = {}
    for table, facts in record.tables.items():
        made[table] = [
            tuple(
                keys.get(id(fact)) if c == "fact_key"
                else keys[id(fact["of_row"])] if c == "of_row"
                else None if c == "row" else fact[c]
                for c in columns[table]
            )
            for fact in facts
        ]  # fmt: skip
    return made
