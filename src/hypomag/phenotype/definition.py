"""Low magnesium by laboratory in an OMOP CDM 5.4, in the concept ids of one site.

A day of a person counts when a result of serum or plasma magnesium, in a unit that fits its code, lies below the lower
limit of a named range, within an observation period. Days are left out on which such a result is only known to be more
than it says (">"), or one is too low to be true. Concept ids come from the site's own concept table; units, codes,
ranges and bounds from the knowledge. What cannot be read (no number, no unit) is counted and never taken for normal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypomag import knowledge
from hypomag.record import Refused

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ANALYTE = "magnesium"
SCALE = 10_000  # ranges are held in whole 1/10000
TABLES = ("concept", "person", "observation_period", "measurement")
AS_WRITTEN = ("=", "<", "<=")  # operators with which a number below the limit is low
Concept = dict[str, Any]  # a row of the site's concept table


@dataclass(frozen=True)
class Low:
    """What is low in one unit: codes of the test, concepts of the unit, in that unit at least `least` and below `limit`."""

    tests: tuple[Concept, ...]
    units: tuple[Concept, ...]
    unit: str
    least: float
    limit: float


@dataclass(frozen=True)
class Phenotype:
    """The definition in the concept ids of one site. `more_than`: operators that make a low number say nothing."""

    profile: str
    lows: tuple[Low, ...]
    more_than: tuple[Concept, ...]


def attach(db: DuckDBPyConnection, source: Path) -> None:
    """Make views of the tables of a CDM: a DuckDB file, or a folder with one Parquet file a table."""
    if source.is_file():
        db.execute(f"attach '{_quoted(source)}' as site (read_only)")
        held = {row[0] for row in db.execute("select table_name from information_schema.tables where table_catalog = 'site'")
                .fetchall()}  # fmt: skip
    else:
        held = {file.stem for file in source.glob("*.parquet")}
    for table in TABLES:
        if table not in held:
            raise Refused(f"{source}: holds no table {table}; OMOP is a DuckDB file or one Parquet file a table.")
        at = f"site.{table}" if source.is_file() else f"'{_quoted(source)}/{table}.parquet'"
        db.execute(f"create or replace temp view {table} as from {at}")


def define(db: DuckDBPyConnection, profile: str = "adult") -> Phenotype:
    """The definition for the CDM in `db` (tables or views by their CDM names) and a range profile of the knowledge.

    Raises Refused for an unknown profile, and where the site's concept table has no code of the test or no unit.
    """
    known = knowledge.load().tables
    bounds = {row["family"]: row["low"] / SCALE for row in known["ranges"].dicts() if row["profile"] == profile}
    if not bounds:
        raise Refused(f"profile {profile}: not one of {', '.join(sorted(set(known['ranges'].column('profile'))))}.")
    codes: dict[str, list[str]] = {}
    for row in known["codes"].dicts():
        if row["system"] == "loinc" and row["concept"] == ANALYTE and row["sure"] == 1:
            codes.setdefault(row["property"], []).append(row["code"])
    least = {row["unit"]: row["low"] for row in known["plausible"].dicts() if row["analyte"] == ANALYTE}
    written: dict[str, list[str]] = {}
    for row in known["unit_words"].dicts():
        written.setdefault(row["unit"], []).append(row["written"])
    lows = []
    for row in known["units"].dicts():
        if row["analyte"] == ANALYTE and row["family"] in bounds:
            tests = _concepts(db, "LOINC", codes.get(row["family"], []))
            units = _concepts(db, "UCUM", written.get(row["unit"], []))
            limit = round(bounds[row["family"]] * SCALE / row["to_family"], 4)  # OHDSI writes four decimals
            if tests and units:
                lows.append(Low(tests, units, row["unit"], least[row["unit"]], limit))
    if not lows:
        wanted = ", ".join(code for of in codes.values() for code in of)
        raise Refused(f"concept: holds no LOINC {wanted} with a UCUM unit of it; load the site's vocabulary.")
    return Phenotype(profile, tuple(lows), _more_than(db, lows))


def _concepts(db: DuckDBPyConnection, vocabulary: str, codes: list[str]) -> tuple[Concept, ...]:
    marks = ", ".join("?" * len(codes)) or "null"
    return _rows(db, f"select * from concept where vocabulary_id = ? and concept_code in ({marks}) order by concept_id",
                 [vocabulary, *codes])  # fmt: skip


def _more_than(db: DuckDBPyConnection, lows: Iterable[Low]) -> tuple[Concept, ...]:
    """Operators that results of the test carry here and that are not =, < or <=; an operator we do not know is one."""
    tests = ids(concept for low in lows for concept in low.tests)
    return _rows(
        db,
        f"""select * from concept where concept_id in (select operator_concept_id from measurement
        where measurement_concept_id in ({tests}) and operator_concept_id <> 0)
        and concept_name not in ({", ".join("?" * len(AS_WRITTEN))}) order by concept_id""",
        list(AS_WRITTEN),
    )


def _rows(db: DuckDBPyConnection, sql: str, values: list[str]) -> tuple[Concept, ...]:
    cursor = db.execute(sql, values)
    columns = [column[0].lower() for column in cursor.description]
    return tuple(dict(zip(columns, row, strict=True)) for row in cursor.fetchall())


def ids(concepts: Iterable[Concept]) -> str:
    """Concept ids as SQL lists them."""
    return ", ".join(str(n) for n in sorted({concept["concept_id"] for concept in concepts}))


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
