"""FHIR R4 bulk export: a folder of NDJSON files (gzip or not, several a type), or one such file.

First every line is shared out by whose it is, by SQL and without reading more of it than that; then each bucket of
patients is lifted by the reader of a single patient, so that both read every resource alike. Where the folder holds the
export's manifest.json, the resources named in its `deleted` files are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypomag.read import LINES, json_text, plain_results
from hypomag.read.fhir.bundle import lift_pieces
from hypomag.read.fhir.reading import Piece, piece
from hypomag.read.fhir.resources import LIFT
from hypomag.read.staged import Stage, Unit, quoted
from hypomag.record import Record, Refused

SHARED = ("Medication", "Location")  # what several patients' resources refer to
OF_PATIENT = (*sorted(LIFT), "DiagnosticReport", "Specimen")
NOT_A_RESOURCE = "not a FHIR resource: an object with a resourceType"
NO_SUBJECT = "no subject: it does not say by a reference whom it is about"
PACKED = 12  # gzip makes NDJSON about this much smaller
BYTES_A_BUCKET = 64 * 2**20  # of unpacked lines


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
    size = sum(file.stat().st_size * (PACKED if file.name.endswith(".gz") else 1) for file in inputs(source))
    return -(-size // BYTES_A_BUCKET) or 1


def lift(stage: Stage, source: Path) -> None:
    """Share out the lines of every file, one unit a file."""
    files = [file for file in inputs(source) if file.name != "manifest.json"]
    gone = _deleted(source, files)
    kept = [file for file in files if file.name not in gone.files]
    if not all(stage.is_done(file.name) for file in kept):
        _find_twice(stage, kept)
    for file in kept:
        with stage.unit(file.name) as unit:
            if unit:
                _share_out(unit, file, gone.names)


def _find_twice(stage: Stage, files: list[Path]) -> None:
    """Make `twice`: the Observations that stand on more than one line, of which the last version counts."""
    stage.db.execute("create or replace temp table names (name varchar)")
    for file in files:
        stage.db.execute(f"""insert into names select concat(k[1], '/', k[2]) from (
              select case when json_valid(text) then json_extract_string(text, ['$.resourceType', '$.id']) end as k
              from ({_lines(file)})) where k[1] = 'Observation'""")
    stage.db.execute("create or replace temp table twice as select name from names group by name having count(*) > 1")
    stage.db.execute("drop table names")


def _share_out(unit: Unit, file: Path, deleted: list[str]) -> None:
    db = unit.db
    _read_lines(unit, file)
    db.execute("create or replace temp table deleted (name varchar)")
    if deleted:
        db.execute("insert into deleted select unnest(?::varchar[])", [deleted])
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
    place = {"file": f"'{file.name}'", "line": "n"}
    unit.counts.received += db.execute("select count(*) from lines_by").fetchall()[0][0]
    _lift_plain(unit, file)
    for kind, n in db.execute(
        "select kind, count(*) from lines_by where fate in ('ignored', 'shared') group by 1"
    ).fetchall():
        unit.counts.ignored[kind] += n
    unit.counts.ignored["deleted by the export"] += db.execute(
        "select count(*) from lines_by where fate = 'deleted'").fetchall()[0][0]  # fmt: skip
    faults = [(n, _fault(text)) for n, text in db.execute(
        "select n, text from lines_by where fate = 'no resource' order by n").fetchall()]  # fmt: skip
    if faults:
        rows = [(file.name, n, "line", fault) for n, fault in faults]
        unit.of_rows({"rejects": rows})
    whose = "case when patient <> '' then substr(patient, 9) when about like 'urn:%' then about end"
    unit.put(
        "lines", f"(from lines_by where fate = 'patient' and {whose} is not null)", patient=whose, text="text", **place
    )
    unit.put("lines", "(from lines_by where fate = 'shared')", patient="''", text="text", **place)
    nobody = f"(from lines_by where fate = 'patient' and {whose} is null and about is null)"
    unit.put("rejects", nobody, source_ref="kind", reason=f"'{NO_SUBJECT}'", **place)
    unit.counts.ignored["about nobody's Patient"] += db.execute(
        f"select count(*) from lines_by where fate = 'patient' and {whose} is null and about is not null"
    ).fetchall()[0][0]


def _lift_plain(unit: Unit, file: Path) -> None:
    """Lift what SQL can lift, and take it out of the lines. What comes twice is left to the other reader."""
    db = unit.db
    db.execute("""create or replace temp table once as
        select l.n, l.text from lines_by l where l.fate = 'patient' and l.kind = 'Observation'
        and l.name not in (select name from twice)""")
    db.execute(f"create or replace temp table plain as {plain_results.lifted('once', file.name)}")
    names = [row[0] for row in db.execute("describe plain").fetchall()]
    columns = {name: f'"{name}"' for name in names if name != "n"} | {"line": "n"}
    unit.counts.lifted += unit.put("observations", "plain", **columns)
    db.execute("delete from lines_by where n in (select n from plain)")


def _read_lines(unit: Unit, file: Path) -> None:
    """Make `raw_lines` (n, text): every line that is not blank, numbered from 1."""
    unit.db.execute(f"""create or replace temp table raw_lines as
        select n, case when n = 1 then ltrim(text, chr(65279)) else text end as text
        from (select row_number() over () as n, text from ({_lines(file)}))
        where trim(text, ' ' || chr(9) || chr(13)) <> ''""")


def _lines(file: Path) -> str:
    """A SELECT of the lines of a file, in order, as they are."""
    return (
        f"select text from read_csv('{quoted(file)}', columns = {{'text': 'VARCHAR'}}, delim = chr(30), quote = '', "
        "escape = '', header = false, auto_detect = false, strict_mode = false, parallel = false, "
        f"max_line_size = {json_text.MAX_BYTES}, buffer_size = {2 * json_text.MAX_BYTES})"
    )


def _fault(text: str) -> str:
    try:
        json_text.loads(text.encode(), "line")
    except Refused as wrong:
        return str(wrong)
    return NOT_A_RESOURCE


class _Deleted:
    """What a manifest's `deleted` files name, and these files."""

    def __init__(self) -> None:
        self.files: set[str] = set()
        self.names: list[str] = []


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
                        gone.names.append("/".join(str(item["request"].get("url")).rsplit("/", 2)[-2:]))
    return gone


def of_bucket(stage: Stage, bucket: int, shared: list[Piece]) -> Record:
    """The record, not sealed, of the patients whose lines lie in one bucket. Counts leave the shared pieces out."""
    record = Record()
    lines = stage.db.execute(
        f"select file, line, text from {stage.facts('lines', bucket)} where patient <> '' order by patient, file, line"
    ).fetchall()
    pieces = [*shared, *_pieces(record, lines)]
    if len(pieces) > len(shared):
        lift_pieces(pieces, None, record, "the lines", everybody=True)
        record.received -= len(shared)
        for one in shared:
            record.ignored[one.kind] -= 1
    return record


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
