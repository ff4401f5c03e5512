"""The contract: what every reader fills and the only thing, beside knowledge, that the rules read.

Long tables, one row a fact. Times are whole seconds since 1970-01-01T00:00:00Z (negative before); a time
known only to the day, month or year carries that precision and stands at the middle of what it says. A value
that the source did not give is None (a text: empty, once sealed), never a default.

Weight, height, vital signs and the QTc are observations, with a time and a unit, from whatever source.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any

Row = tuple[Any, ...]

COMMON = {
    "patient": "bigint",  # 1, 2, ... in the order of the sorted patient ids
    "row": "bigint",  # one number a fact, unique in the record, given after sorting by content
    "source_ref": "text",  # where the source says it: "Observation/abc", "labs[3]"
    "file": "text",
    "line": "bigint",
    "status": "text",  # as the source says: final, preliminary, corrected, active, stopped, ...
    "start": "bigint",  # when it was so: effective time, onset, first dose
    "start_precision": "text",  # second, day, month, year
    "until": "bigint",  # when it ended, what was handed out runs out; None while it lasts or where nothing says
    "known_at": "bigint",  # when it became known (issued, recorded); None: at its start
}

OWN = {
    "patients": {
        "id": "text",
        "birth": "bigint",
        "birth_precision": "text",
        "sex": "text",  # male, female, other
        "pregnant": "bigint",  # 1, 0, None
        "gestation": "bigint",  # days
        "deceased": "bigint",  # 1, 0, None
    },
    "observations": {
        "code": "text",
        "system": "text",  # loinc, snomed, local
        "text": "text",
        "specimen": "text",  # serum, plasma, blood, urine, 24h urine, red cells, ... as the source says
        "value": "double",
        "value_text": "text",  # the value as written: "1.10", "<0.5", "low", "haemolysed"
        "unit_text": "text",  # the unit as written for people
        "unit": "text",  # the unit's UCUM code where the source gives one
        "comparator": "text",  # <, <=, >=, >
        "ref_low": "double",
        "ref_high": "double",
        "ref_unit": "text",
        "flag": "text",  # L, H, LL, HH, N, A: interpretation
        "presence": "text",  # present, absent, unknown: for signs and symptoms
        "order_ref": "text",
        "note": "text",  # comment of the laboratory: "haemolysed"
    },
    "medications": {
        "kind": "text",  # ordered, dispensed, given, reported, planned (FHIR intent plan, proposal, option), drafted (unsigned)
        "code": "text",
        "system": "text",  # rxnorm, atc, snomed, ndc, local
        "text": "text",
        "dose": "double",
        "dose_unit": "text",  # as written: "mg", "mg/day", "mg/kg/day"
        "dose_text": "text",  # the dose as written: "40-120 mg/day"
        "as_salt": "text",  # the salt the dose is counted in, where said
        "rate": "double",
        "rate_unit": "text",
        "route": "text",
        "frequency": "double",  # doses a day
        "duration_text": "text",
    },
    "conditions": {
        "code": "text",
        "system": "text",  # icd10cm, icd9cm, snomed
        "text": "text",
        "negated": "bigint",  # 1 where the source itself says refuted
        "past": "bigint",  # 1 where the source itself says resolved or inactive
        "kind": "text",  # condition, symptom, rhythm, gene
    },
    "procedures": {
        "code": "text",
        "system": "text",
        "text": "text",
        "negated": "bigint",  # 1 where the source says it was not done
        "past": "bigint",
    },
    "orders": {"code": "text", "system": "text", "text": "text"},
    "encounters": {"class": "text", "ward": "text"},
    "allergies": {"code": "text", "system": "text", "text": "text"},
    # Further codes of a fact that carries more than one in systems we know.
    "codings": {"of_row": "bigint", "code": "text", "system": "text", "text": "text"},
}

TABLES: dict[str, dict[str, str]] = {name: COMMON | own for name, own in OWN.items()}


@dataclass(frozen=True)
class Reject:
    """One piece of the input that was not used, and why.

    `source_ref` names a whole resource or row, or, after a space, the part of it that was left out while the
    rest was used: "Observation/a effectiveDateTime".
    """

    file: str | None
    line: int | None
    source_ref: str
    reason: str


class Refused(Exception):
    """The input cannot be used at all. The message is a sentence that names the place and the mend."""


class WrongType(TypeError):
    """A value does not fit its column."""


PYTHON_TYPE = {"bigint": int, "double": float, "text": str}
UNSEALED = {"patient": str, "of_row": dict}  # before sealing: the source's id, the fact itself
BLANK: dict[str, dict[str, Any]] = {name: dict.fromkeys(columns) for name, columns in TABLES.items()}


@dataclass
class Record:
    """Every fact about one or more patients. `tables[name]` is a list of dicts keyed by column.

    Of the pieces that came in (FHIR resources, rows of a form or case): received = lifted + the sum of
    ignored + those with a Reject for the whole piece.
    """

    tables: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in TABLES})
    rejects: list[Reject] = field(default_factory=list)
    duplicates: int = 0  # exact repeats that were collapsed
    as_of: int | None = None  # the moment the source itself speaks of, where it does
    received: int = 0
    lifted: int = 0
    ignored: Counter[str] = field(default_factory=Counter)  # by kind: "Immunization", "another patient"
    sealed: bool = False
    _shapes: dict[tuple[Any, ...], list[str]] = field(default_factory=dict, repr=False, compare=False)

    def add(self, table: str, patient: str, **values: Any) -> dict[str, Any]:
        """Add one fact about the patient with the source's id `patient`.

        Raises KeyError for a column the table does not have, WrongType for a value that does not fit it.
        """
        return self.take(table, {**BLANK[table], **values, "patient": patient})

    def take(self, table: str, fact: dict[str, Any]) -> dict[str, Any]:
        """Add one fact that has every column of the table, in its order; raises as `add` does."""
        shape = (table, *map(type, fact.values()))
        absent = self._shapes.get(shape)
        if absent is None:  # each combination of types is checked once
            absent = self._shapes[shape] = self._check(table, fact)
        for column in absent:
            fact[column] = ""
        self.tables[table].append(fact)
        return fact

    def _check(self, table: str, fact: dict[str, Any]) -> list[str]:
        """The text columns that say nothing, after a check that every value fits its column."""
        if self.sealed:
            raise ValueError("a sealed record takes no more facts")
        columns = TABLES[table]
        if list(fact) != list(columns):
            odd = ", ".join(fact.keys() ^ columns.keys()) or "others in this order"
            raise KeyError(f"{table} has not the columns given: {odd}")
        for name, value in fact.items():
            fits = UNSEALED.get(name) or PYTHON_TYPE[columns[name]]
            if value is not None and type(value) is not fits:
                raise WrongType(f"{table}.{name} takes {fits.__name__}, not {type(value).__name__}")
        return [name for name, value in fact.items() if value is None and columns[name] == "text"]

    def reject(self, source_ref: str, reason: str, file: str | None = None, line: int | None = None) -> None:
        self.rejects.append(Reject(file, line, source_ref, reason))


WHERE_FROM = {"source_ref", "file", "line"}  # where in the source a fact stood: no part of what it says
EARLIEST = -(2**63)


def seal(record: Record) -> Record:
    """Number patients and facts by content, collapse exact repeats, fill what is absent (text "", else None).

    The order of the input, its file names and its ids of facts do not change the numbers, so the same facts
    give the same answer. Returns a new record; patient ids become 1, 2, ... with `patients.id` keeping the
    id. Every patient has exactly one row in `patients`. A sealed record is returned as it is.
    """
    if record.sealed:
        return record
    ids = sorted({fact["patient"] for facts in record.tables.values() for fact in facts})
    number = {patient: n for n, patient in enumerate(ids, 1)}
    sealed = replace(record, tables={name: [] for name in TABLES}, rejects=list(record.rejects))
    sealed.sealed, sealed._shapes = True, {}
    row_of: dict[int, int] = {}  # id() of a fact in the unsealed record -> its row, for codings
    kept_ref: dict[str, str] = {}  # an order that collapsed -> the one that stayed
    row = 0
    for table, columns in TABLES.items():
        facts = record.tables[table]
        if table == "patients":
            facts = _one_row_each(record, ids, sealed)
        elif table == "codings":
            facts = [fact | {"of_row": row_of[id(fact["of_row"])]} for fact in facts]
        out = sealed.tables[table]
        says = itemgetter(*(c for c in columns if c not in WHERE_FROM and c != "row"))
        last_key, last = None, None
        for key, fact in _in_order(facts, columns, number):
            if key == last_key and last is not None and says(fact) == says(last):
                sealed.duplicates += table != "codings"
                if table == "orders":
                    kept_ref[fact["source_ref"]] = last["source_ref"]
            else:
                row += 1
                out.append({**fact, "patient": key[0], "row": row})
                last_key, last = key, fact
            row_of[id(fact)] = row
    for result in sealed.tables["observations"] if kept_ref else ():
        result["order_ref"] = kept_ref.get(result["order_ref"], result["order_ref"])
    sealed.rejects.sort(key=repr)
    return sealed


def _in_order(
    facts: list[dict[str, Any]], columns: Iterable[str], number: dict[str, int]
) -> list[tuple[Row, dict[str, Any]]]:
    """The facts sorted by what they say: by patient, time, code and text, then by every other column.

    In SQL: order by patient, start nulls first, code, text, the columns in their order nulls first, and last what
    only decides which of two equal facts stays: order_ref, source_ref, file nulls first, line nulls first.
    Each comes with its key of patient number, time, code and text.
    """
    keys: list[Row] = []
    for fact in facts:
        start = fact["start"]
        when = EARLIEST if start is None else start
        keys.append((number[fact["patient"]], when, fact.get("code", ""), fact.get("text", "")))
    sort_by = keys
    often = Counter(keys)
    if len(often) < len(keys):
        rest = [c for c in columns if c not in WHERE_FROM | {"patient", "row", "order_ref"}]
        rest += [c for c in ("order_ref", "source_ref", "file", "line") if c in columns]
        sort_by = [
            (*key, *[(fact[c] is not None, fact[c]) for c in rest]) if often[key] > 1 else key
            for key, fact in zip(keys, facts, strict=True)
        ]
    return [(keys[n], facts[n]) for n in sorted(range(len(facts)), key=sort_by.__getitem__)]


def _one_row_each(record: Record, ids: list[str], sealed: Record) -> list[dict[str, Any]]:
    """One row for each patient; what two rows say differently is unknown, and the record says so."""
    described: dict[str, list[dict[str, Any]]] = {patient: [] for patient in ids}
    for fact in record.tables["patients"]:
        described[fact["patient"]].append(fact)
    rows = []
    for patient, facts in described.items():
        row = {c: "" if kind == "text" else None for c, kind in TABLES["patients"].items()}
        row |= {"patient": patient, "id": patient}
        for column in TABLES["patients"]:
            said = sorted({fact[column] for fact in facts if fact[column] not in (None, "")}, key=repr)
            if len(said) == 1 or (said and column in WHERE_FROM):
                row[column] = said[0]
            elif said:
                sealed.reject(f"{row.get('source_ref')} {column}", "two descriptions of the patient disagree")
        sealed.duplicates += max(len(facts) - 1, 0)
        rows.append(row)
    return rows


def latest_times(record: Record) -> dict[int, int]:
    """The latest clinical time of each patient: the moment asked about where nobody says otherwise."""
    latest: dict[int, int] = {}
    for table, facts in record.tables.items():
        for fact in facts if table != "patients" else ():
            t, known_at = fact["start"], fact["known_at"]
            if t is None or (known_at is not None and known_at > t):
                t = known_at
            if t is not None and t > latest.get(fact["patient"], EARLIEST):
                latest[fact["patient"]] = t
    return latest
