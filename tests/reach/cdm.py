"""A made-up OMOP CDM 5.4 with a site's own concept table, and who in it is truly low.

Two concepts have their public ids, because OHDSI's cohort 942 names them; every other id is this site's own.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import duckdb

MASS, MOLES, MG_DL, MMOL_L, MEQ_L, ABOVE, BELOW, ODD = 9_001, 9_002, 9_003, 9_004, 9_005, 9_006, 9_007, 9_008
DISORDER, HYPOMAGNESAEMIA, HIGH = 438_725, 4_098_604, 9_010  # 942: the first two with what is under them
SITE = [
    (MASS, "Magnesium [Mass/volume] in Serum or Plasma", "Measurement", "LOINC", "19123-9"),
    (MOLES, "Magnesium [Moles/volume] in Serum or Plasma", "Measurement", "LOINC", "2601-3"),
    (MG_DL, "milligram per deciliter", "Unit", "UCUM", "mg/dL"),
    (MMOL_L, "millimole per liter", "Unit", "UCUM", "mmol/L"),
    (MEQ_L, "milliequivalent per liter", "Unit", "UCUM", "meq/L"),
    (ABOVE, ">", "Meas Value Operator", "SNOMED", "site"),
    (BELOW, "<", "Meas Value Operator", "SNOMED", "site"),
    (ODD, "~", "Meas Value Operator", "SNOMED", "site"),
    (DISORDER, "Disorder of magnesium metabolism", "Condition", "SNOMED", "60853003"),
    (HYPOMAGNESAEMIA, "Hypomagnesemia", "Condition", "SNOMED", "190855004"),
    (HIGH, "Hypermagnesemia", "Condition", "SNOMED", "site"),
]
TABLES = """
create table concept (concept_id integer, concept_name varchar, domain_id varchar, vocabulary_id varchar,
  concept_code varchar, invalid_reason varchar);
create table concept_ancestor (ancestor_concept_id integer, descendant_concept_id integer);
create table concept_relationship (concept_id_1 integer, concept_id_2 integer, relationship_id varchar,
  invalid_reason varchar);
create table person (person_id integer, year_of_birth integer, gender_concept_id integer);
create table observation_period (observation_period_id integer, person_id integer, observation_period_start_date date,
  observation_period_end_date date);
create table measurement (measurement_id integer, person_id integer, measurement_concept_id integer,
  measurement_date date, measurement_datetime timestamp, operator_concept_id integer, value_as_number double,
  unit_concept_id integer, range_low double, range_high double, visit_occurrence_id integer);
create table condition_occurrence (condition_occurrence_id integer, person_id integer, condition_concept_id integer,
  condition_start_date date, condition_end_date date, condition_start_datetime timestamp,
  condition_end_datetime timestamp, visit_occurrence_id integer);
create table cohort (cohort_definition_id integer, subject_id integer, cohort_start_date date, cohort_end_date date);
"""
FIRST = datetime.date(2024, 1, 1)
MMOL_A_MG_DL = 0.41144


@dataclass(frozen=True)
class Rates:
    """How the made-up hospital measures and codes. Shares of people, or of results."""

    low: float = 0.10  # truly low
    measured: float = 0.5  # of anybody
    coded: float = 0.03  # of those with a low result
    coded_for_nothing: float = 0.002  # of those who are not low, high magnesium among them
    no_unit: float = 0.05
    slipped: float = 0.002  # a result that stands for another: the true value does not show


@dataclass
class Rows:
    person: list[Any]
    period: list[Any]
    measurement: list[Any]
    condition: list[Any]
    low: set[int]
    measured: set[int]


def rows(people: int, seed: int, rates: Rates = Rates()) -> Rows:
    """A hospital of `people`, with their truth."""
    random, made = Random(seed), Rows([], [], [], [], set(), set())
    for person in range(1, people + 1):
        is_low = random.random() < rates.low
        made.person.append((person, random.randint(1930, 2000), 0))
        made.period.append((person, person, FIRST, FIRST + datetime.timedelta(days=300)))
        if is_low:
            made.low.add(person)
        seen_low = False
        if random.random() < rates.measured:
            made.measured.add(person)
            for _ in range(random.choice((1, 1, 2, 3))):
                seen_low |= _result(random, made, person, is_low, rates)
        if random.random() < (rates.coded if seen_low else 0 if is_low else rates.coded_for_nothing):
            concept = random.choice((DISORDER, HYPOMAGNESAEMIA) if seen_low else (DISORDER, HIGH))
            day = FIRST + datetime.timedelta(days=random.randint(0, 290))
            made.condition.append((len(made.condition) + 1, person, concept, day, None, None, None, None))
    return made


def _result(random: Random, made: Rows, person: int, is_low: bool, rates: Rates) -> bool:
    """Add one result; whether a reader of the chart would see it as low."""
    slipped = random.random() < rates.slipped
    mg_dl = round(random.uniform(0.9, 1.65) if is_low != slipped else random.uniform(1.72, 2.5), 2)
    concept, unit, value = random.choice((
        (MASS, MG_DL, mg_dl), (MASS, MG_DL, mg_dl), (MOLES, MMOL_L, round(mg_dl * MMOL_A_MG_DL, 3)),
        (MOLES, MEQ_L, round(2 * mg_dl * MMOL_A_MG_DL, 2)),
    ))  # fmt: skip
    operator = random.choice((None,) * 30 + (0, BELOW, ABOVE, ODD))
    if random.random() < rates.no_unit:
        unit = random.choice((None, 0, MMOL_L if unit == MG_DL else MG_DL))
    odd = random.random()
    value = None if odd < 0.01 else 0.0 if odd < 0.015 else value
    # A few before or after the observation period, several on one day, and days one after another.
    day = FIRST + datetime.timedelta(days=random.choice((-3, 0, 1, 2, 2, 3, 10, 11, 200, 300, 301)))
    number = len(made.measurement) + 1
    made.measurement.append((number, person, concept, day, None, operator, value, unit, None, None, None))
    return mg_dl < 1.7


def build(made: Rows, path: Path | str = ":memory:") -> duckdb.DuckDBPyConnection:
    """The CDM as a DuckDB database."""
    db = duckdb.connect(str(path))
    db.execute(TABLES)
    ancestors = [(one[0], one[0]) for one in SITE] + [(DISORDER, HYPOMAGNESAEMIA), (DISORDER, HIGH)]
    for table, filled in (
        ("concept", [(*one, None) for one in SITE]),
        ("concept_ancestor", ancestors),
        ("person", made.person),
        ("observation_period", made.period),
        ("measurement", made.measurement),
        ("condition_occurrence", made.condition),
    ):
        for first in range(0, len(filled), 500):
            part = filled[first : first + 500]
            marks = ", ".join("(" + ", ".join("?" * len(part[0])) + ")" for _ in part)
            db.execute(f"insert into {table} values {marks}", [cell for row in part for cell in row])
    return db


# OHDSI PhenotypeLibrary cohort 942, as far as its definition says: these concepts and what is under them, a day, eras of 90.
COHORT_942: dict[str, Any] = {
    "cdmVersionRange": ">=5.0.0",
    "PrimaryCriteria": {
        "CriteriaList": [{"ConditionOccurrence": {"CodesetId": 0, "ConditionTypeExclude": False}}],
        "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
        "PrimaryCriteriaLimit": {"Type": "All"},
    },
    "ConceptSets": [{"id": 0, "name": "942", "expression": {"items": [
        {"concept": {"CONCEPT_ID": n}, "isExcluded": False, "includeDescendants": True, "includeMapped": False}
        for n in (DISORDER, HYPOMAGNESAEMIA)
    ]}}],
    "QualifiedLimit": {"Type": "First"},
    "ExpressionLimit": {"Type": "All"},
    "InclusionRules": [],
    "EndStrategy": {"DateOffset": {"DateField": "StartDate", "Offset": 1}},
    "CensoringCriteria": [],
    "CollapseSettings": {"CollapseType": "ERA", "EraPad": 90},
    "CensorWindow": {},
}  # fmt: skip
CODED = """select distinct c.person_id from condition_occurrence c
  join concept_ancestor a on a.descendant_concept_id = c.condition_concept_id
  join observation_period o on o.person_id = c.person_id
    and c.condition_start_date between o.observation_period_start_date and o.observation_period_end_date
  where a.ancestor_concept_id in (438725, 4098604)"""


def run_cohort(db: duckdb.DuckDBPyConnection, definition: dict[str, Any], number: int) -> set[tuple[Any, ...]]:
    """Rows (person, first day, last day) of an OHDSI cohort definition, by duckcdm's port of Circe."""
    import json

    from duckcdm.circe import build_cohort_query
    from duckcdm.sqlrender import render, translate

    query = build_cohort_query(
        json.dumps(definition),
        cdm_schema="main",
        vocabulary_schema="main",
        target_table="main.cohort",
        cohort_id=number,
    )
    db.execute(translate(render(query), "duckdb"))
    kept = "select subject_id, cohort_start_date, cohort_end_date from cohort where cohort_definition_id = ?"
    return set(db.execute(kept, [number]).fetchall())
