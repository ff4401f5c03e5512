"""The contract: what every reader fills and the only thing, beside knowledge, that the rules read.

Long tables, one row a fact. Times are whole seconds since 1970-01-01T00:00:00Z (negative before); a time known
only to the day, month or year carries that precision and stands at the middle of what it says. A value that the
source did not give is None, never a default.
"""

from __future__ import annotations

from dataclasses import dataclass, field
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
    "until": "bigint",  # when it ended, None while it lasts or where nothing says
    "known_at": "bigint",  # when it became known (issued, recorded); None: at its start
}

OWN = {
    "patients": {
        "id": "text",
        "birth": "bigint",
        "birth_precision": "text",
        "sex": "text",  # male, female, other
        "weight": "double",  # kg
        "height": "double",  # cm
        "pregnant": "bigint",  # 1, 0, None
        "gestation": "bigint",  # days
        "deceased": "bigint",  # 1, 0, None
    },
    "observations": {
        "code": "text",
        "system": "text",  # loinc, snomed, local
        "text": "text",
        "specimen": "text",  # serum, plasma, blood, urine, 24h urine, red cells, body fluid, ... as the source says
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
        "kind": "text",  # ordered, dispensed, given, reported
        "code": "text",
        "system": "text",  # rxnorm, atc, snomed, ndc, local
        "text": "text",
        "dose": "double",
        "dose_unit": "text",
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
    """One piece of the input that was not used, and why."""

    file: str | None
    line: int | None
    source_ref: str
    reason: str


class Refused(Exception):
    """The input cannot be used at all. The message is a sentence that names the place and the mend."""


@dataclass
class Record:
    """Every fact about one or more patients. `tables[name]` is a list of dicts keyed by column."""

    tables: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in TABLES})
    rejects: list[Reject] = field(default_factory=list)
    duplicates: int = 0  # exact repeats that were collapsed
    as_of: int | None = None  # the moment the source itself speaks of, where it does

    def add(self, table: str, patient: str, **values: Any) -> dict[str, Any]:
        """Add one fact about the patient with the source's id `patient`. Unknown columns are an error."""
        unknown = values.keys() - TABLES[table].keys()
        if unknown:
            raise KeyError(f"{table} has no column {', '.join(sorted(unknown))}")
        fact = {"patient": patient, **values}
        self.tables[table].append(fact)
        return fact

    def reject(self, source_ref: str, reason: str, file: str | None = None, line: int | None = None) -> None:
        self.rejects.append(Reject(file, line, source_ref, reason))


WHERE_FROM = {"source_ref", "file", "line"}


def _content(fact: dict[str, Any], columns: dict[str, str]) -> tuple[tuple[bool, str], ...]:
    """What a fact says, as a key that sorts: everything but where in the source it stood and its number."""
    return tuple((fact.get(c) is not None, repr(fact.get(c))) for c in columns if c not in WHERE_FROM | {"row"})


def seal(record: Record) -> Record:
    """Number patients and facts by content, collapse exact repeats, fill absent columns with None.

    The order of the input, its file names and its ids of facts do not change the numbers, so the same facts
    give the same answer. Returns a new record; patient ids become 1, 2, ... with `patients.id` keeping the id.
    """
    ids = sorted({fact["patient"] for facts in record.tables.values() for fact in facts})
    number = {patient: n for n, patient in enumerate(ids, 1)}
    sealed = Record(rejects=sorted(record.rejects, key=repr), duplicates=record.duplicates, as_of=record.as_of)
    row = 0
    renamed: dict[int, int] = {}
    for table, columns in TABLES.items():
        last: tuple[Any, ...] | None = None
        keyed = sorted(
            ((number[f["patient"]], _content(f, columns), str(f.get("source_ref"))), n)
            for n, f in enumerate(record.tables[table])
        )
        for key, n in keyed:
            fact = record.tables[table][n]
            if key[:2] == last and table != "codings":
                sealed.duplicates += 1
                renamed[id(fact)] = row
                continue
            last = key[:2]
            row += 1
            renamed[id(fact)] = row
            full = {c: fact.get(c) for c in columns} | {"patient": number[fact["patient"]], "row": row}
            if table == "codings":
                full["of_row"] = renamed[id(fact["of_row"])]
            sealed.tables[table].append(full)
    return sealed


def latest_time(record: Record) -> int | None:
    """The latest clinical time in a record: what `as_of` is where nobody says otherwise."""
    times = [
        fact[c]
        for table, facts in record.tables.items()
        if table != "patients"
        for fact in facts
        for c in ("start", "known_at")
        if fact.get(c) is not None
    ]
    return max(times, default=None)
