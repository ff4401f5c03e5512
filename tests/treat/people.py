"""People made of plain facts, for the tests of the plan: no reader and no words stand between a fact and the rules.

A lab is (analyte, value, unit, hours before the moment asked about) with further columns as a dict; a drug or a state
is named by its concept. Whole groups run at once, one record for all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from hypomag import knowledge
from hypomag.answer.facts import Facts
from hypomag.engine.texts import INPUTS
from hypomag.record import Record, seal
from tests import spine

AS_OF = 1_764_000_000
FEW = 20
HOUR, YEAR = 3600, 31_557_600


@dataclass
class Person:
    age: float | None = 60.0
    sex: str | None = "male"
    pregnant: int | None = None
    labs: list[tuple[Any, ...]] = field(default_factory=list)
    drugs: list[dict[str, Any]] = field(default_factory=list)
    has: list[Any] = field(default_factory=list)  # concept, or (concept, hours ago)
    denies: list[str] = field(default_factory=list)
    setting: str | None = None

    def but(self, **changes: Any) -> Person:
        return Person(**(self.__dict__ | changes))


def record(people: dict[str, Person]) -> Record:
    made = Record()
    for name, p in people.items():
        birth = None if p.age is None else AS_OF - int(p.age * YEAR) - 1
        made.add("patients", name, birth=birth, birth_precision="day", sex=p.sex, pregnant=p.pregnant)
        for analyte, value, unit, hours, *more in p.labs:
            start = None if hours is None else AS_OF - int(hours * HOUR)
            made.add(
                "observations", name,
                **{"code": analyte, "system": "local", "value": None if value is None else float(value), "unit": unit,
                   "unit_text": unit, "start": start, "start_precision": "second", "status": "final",
                   "source_ref": f"{analyte}/{hours}"} | (more[0] if more else {}),
            )  # fmt: skip
        for drug in p.drugs:
            made.add("medications", name, **({"status": "active", "kind": "ordered"} | drug))
        for concept in p.has:
            named, hours = concept if isinstance(concept, tuple) else (concept, None)
            start = None if hours is None else AS_OF - int(hours * HOUR)
            made.add("conditions", name, text=named, status="active", start=start, start_precision="second")
        for concept in p.denies:
            made.add("conditions", name, text="no " + concept, status="active", negated=1)
        if p.setting:
            made.add("encounters", name, start=AS_OF - 24 * HOUR, start_precision="second", **{"class": p.setting})
    return made


def inputs(sealed: Record) -> dict[str, list[tuple[Any, ...]]]:
    """The tables of a run: the facts, and words and codes read by their identity."""
    known = knowledge.load().tables
    kinds = {row["concept"]: row["kind"] for row in known["concepts"].dicts()}
    for drug in known["drugs"].column("drug"):
        kinds[drug] = kinds.get(drug, "drug")
    said = []
    for kind in ("medications", "conditions", "procedures"):
        for text in {fact["text"] for fact in sealed.tables[kind]}:
            concept = text.removeprefix("no ")
            as_kind = "drug" if kind == "medications" else kinds[concept]
            row = {
                "kind": kind,
                "text": text,
                "concept": concept,
                "concept_kind": as_kind,
                "negated": 0,
                "past": 0,
                "family": 0,
            }
            said.append(tuple(row.get(column) for column in INPUTS["said"]))
    coded = [("local", analyte, analyte, "analyte") for analyte in known["analytes"].column("analyte")]
    tables: dict[str, list[tuple[Any, ...]]] = {
        name: [tuple(fact.values()) for fact in facts] for name, facts in sealed.tables.items()
    }
    patients = sorted({fact["patient"] for fact in sealed.tables["patients"]})
    return tables | {
        "said": said,
        "coded": coded,
        "asked": [(p, AS_OF) for p in patients],
        "choice": [("", "ctcae_v5")],
    }


def run(people: dict[str, Person], wanted: Iterable[str]) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """The wanted relations of each person, by name; many people at once on DuckDB, a few on SQLite."""
    sealed = seal(record(people))
    engine = spine.on_duckdb if len(people) > FEW else spine.on_sqlite
    found = engine(inputs(sealed), tuple(wanted))
    names = {fact["patient"]: fact["id"] for fact in sealed.tables["patients"]}
    by_name: dict[str, dict[str, list[dict[str, Any]]]] = {
        name: {relation: [] for relation in found} for name in people
    }
    for relation, rows in found.items():
        for row in rows:
            by_name[names[row["patient"]]][relation].append(row)
    return by_name


def facts(people: dict[str, Person]) -> dict[str, Facts]:
    sealed = seal(record(people))
    all_facts = {(f["patient"], f["row"]): (table, f) for table, of in sealed.tables.items() for f in of}
    return {
        fact["id"]: Facts({row: f for (patient, row), f in all_facts.items() if patient == fact["patient"]})
        for fact in sealed.tables["patients"]
    }


def lab(analyte: str, value: float | None, unit: str, hours: float | None = 2.0, **more: Any) -> tuple[Any, ...]:
    return (analyte, value, unit, hours, more)


def magnesium(value: float | None, unit: str = "mg/dL", hours: float | None = 2.0, **more: Any) -> tuple[Any, ...]:
    return lab("magnesium", value, unit, hours, **more)


# A grown person whose kidneys were looked at twice and work, with a weight.
KIDNEYS_FINE = [lab("creatinine", 0.9, "mg/dL", 2), lab("creatinine", 0.9, "mg/dL", 30), lab("weight", 70, "kg", 5)]
