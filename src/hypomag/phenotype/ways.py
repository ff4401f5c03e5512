"""One definition given three ways that agree row for row: SQL, OHDSI cohort JSON, Python."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from hypomag.phenotype.definition import Concept, Low, Phenotype, ids

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Day = tuple[int, datetime.date]
NOTE = "Low magnesium by laboratory, hypomag. Not a medical device; no clinician has reviewed it."


def sql(phenotype: Phenotype) -> str:
    """One SELECT over a CDM, in SQL that OMOP's databases share: person_id, cohort_start_date, cohort_end_date."""
    in_unit = [
        f"(m.measurement_concept_id in ({ids(low.tests)}) and m.unit_concept_id in ({ids(low.units)}) "
        f"and m.value_as_number < {low.limit:g})  -- {low.unit}"
        for low in phenotype.lows
    ]
    too_low = [
        f"(m.unit_concept_id in ({ids(low.units)}) and m.value_as_number < {low.least:g})" for low in phenotype.lows
    ]
    doubt = [*too_low, *([f"m.operator_concept_id in ({ids(phenotype.more_than)})"] if phenotype.more_than else [])]
    below = "\n      or ".join(in_unit)
    unsure = "\n                or ".join(doubt)
    return f"""-- {NOTE}
-- Below the lower limit of the range "{phenotype.profile}"; days with a doubtful result below it are left out.
with below as (
  select m.person_id, m.measurement_date,
         case when {unsure}
              then 1 else 0 end as is_doubtful
  from measurement m
  join observation_period o on o.person_id = m.person_id
    and m.measurement_date >= o.observation_period_start_date and m.measurement_date <= o.observation_period_end_date
  where {below}
)
select b.person_id, b.measurement_date as cohort_start_date, b.measurement_date as cohort_end_date
from below b
group by b.person_id, b.measurement_date
having max(b.is_doubtful) = 0
"""


def days(phenotype: Phenotype, measurements: Iterable[dict[str, Any]], periods: Iterable[dict[str, Any]]) -> set[Day]:
    """The same in Python: rows of measurement and observation_period as dicts by column; the days that count."""
    observed: dict[int, list[tuple[datetime.date, datetime.date]]] = {}
    for row in periods:
        observed.setdefault(row["person_id"], []).append(
            (row["observation_period_start_date"], row["observation_period_end_date"])
        )
    more_than = {concept["concept_id"] for concept in phenotype.more_than}
    lows = {
        (test["concept_id"], unit["concept_id"]): low
        for low in phenotype.lows
        for test in low.tests
        for unit in low.units
    }
    sure: dict[Day, bool] = {}
    for row in measurements:
        low = lows.get((row["measurement_concept_id"], row["unit_concept_id"]))
        value, day = row["value_as_number"], row["measurement_date"]
        if low is None or value is None or not value < low.limit:
            continue
        if any(first <= day <= last for first, last in observed.get(row["person_id"], ())):
            key = (row["person_id"], day)
            is_sure = value >= low.least and row["operator_concept_id"] not in more_than
            sure[key] = sure.get(key, True) and is_sure
    return {day for day, is_sure in sure.items() if is_sure}


def cohort(phenotype: Phenotype) -> dict[str, Any]:
    """The same as an OHDSI cohort definition (Circe), for ATLAS and everything that reads its JSON."""
    sets = _sets(phenotype)

    def criterion(low: Low, below: float, **more: Any) -> dict[str, Any]:
        return {"Measurement": {
            "CodesetId": sets.index(low.tests), "MeasurementTypeExclude": False,
            "ValueAsNumber": {"Value": below, "Op": "lt"}, "Unit": [_named(unit) for unit in low.units], **more,
        }}  # fmt: skip

    doubtful = [criterion(low, low.least) for low in phenotype.lows]
    if phenotype.more_than:
        operators = [_named(concept) for concept in phenotype.more_than]
        doubtful += [criterion(low, low.limit, Operator=operators) for low in phenotype.lows]
    same_day = {"Start": {"Days": 0, "Coeff": -1}, "End": {"Days": 0, "Coeff": 1}, "UseEventEnd": False}
    none = {"Type": 0, "Count": 0, "IsDistinct": False}
    return {
        "cdmVersionRange": ">=5.0.0",
        "PrimaryCriteria": {
            "CriteriaList": [criterion(low, low.limit) for low in phenotype.lows],
            "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
            "PrimaryCriteriaLimit": {"Type": "All"},
        },
        "ConceptSets": [_set(n, tests) for n, tests in enumerate(sets)],
        "QualifiedLimit": {"Type": "All"},
        "ExpressionLimit": {"Type": "All"},
        "InclusionRules": [{
            "name": "no doubtful result below the limit on that day",
            "description": NOTE,
            "expression": {
                "Type": "ALL",
                "CriteriaList": [
                    {"Criteria": each, "StartWindow": same_day, "Occurrence": none} for each in doubtful
                ],
                "DemographicCriteriaList": [],
                "Groups": [],
            },
        }],
        "EndStrategy": {"DateOffset": {"DateField": "StartDate", "Offset": 0}},
        "CensoringCriteria": [],
        "CollapseSettings": {"CollapseType": "ERA", "EraPad": 0},
        "CensorWindow": {},
    }  # fmt: skip


def _sets(phenotype: Phenotype) -> list[tuple[Concept, ...]]:
    found: list[tuple[Concept, ...]] = []
    for low in phenotype.lows:
        if low.tests not in found:
            found.append(low.tests)
    return found


def _set(number: int, tests: tuple[Concept, ...]) -> dict[str, Any]:
    flags = {"isExcluded": False, "includeDescendants": False, "includeMapped": False}
    items = [{"concept": _named(concept), **flags} for concept in tests]
    return {"id": number, "name": tests[0]["concept_name"], "expression": {"items": items}}


def _named(concept: Concept) -> dict[str, Any]:
    """A concept as OHDSI's JSON writes it, of what the site's table says."""
    told = ("concept_id", "concept_name", "concept_code", "vocabulary_id", "domain_id", "concept_class_id")
    return {key.upper(): concept[key] for key in told if concept.get(key) is not None}


def unread(db: DuckDBPyConnection, phenotype: Phenotype) -> dict[str, int]:
    """Results of the test by what becomes of them: read, or why not. The counts add up to all of them."""
    fits = " or ".join(
        f"(measurement_concept_id in ({ids(low.tests)}) and unit_concept_id in ({ids(low.units)}))"
        for low in phenotype.lows
    )
    tests = ids(concept for low in phenotype.lows for concept in low.tests)
    rows = db.execute(f"""select case when value_as_number is null then 'no number'
          when unit_concept_id is null or unit_concept_id = 0 then 'no unit'
          when not ({fits}) then 'unit does not fit the code' else 'read' end as what, count(*)
        from measurement where measurement_concept_id in ({tests}) group by all""").fetchall()
    return dict(sorted(rows))
