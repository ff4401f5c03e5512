"""P-01: every magnesium on a grid of 0.001 from 0 to 20 (umol/L: of 1 from 0 to 20,000), in each unit, has exactly one
grade in each scheme and exactly one level in each range; or is refused as implausible, and then has none."""

from collections import defaultdict

import pytest
from tests import people, spine

from hypomag import knowledge
from hypomag.record import TABLES, Record, seal

# CTCAE v5, clinical text B5, and the default lower limit: grade 1 from 1.2 mg/dL or 0.5 mmol/L up to the lower limit.
MASS = [(0.7, 4), (0.9, 3), (1.2, 2), (1.7, 1)]
MOLES = [(0.3, 4), (0.4, 3), (0.5, 2), (0.7, 1)]
# How many thousandths of the family's unit (mg/dL, mmol/L) a thousandth of the unit is, as a fraction.
UNITS = {
    "mg/dL": (MASS, 1, 1),
    "mg/L": (MASS, 1, 10),
    "ug/mL": (MASS, 1, 10),
    "mmol/L": (MOLES, 1, 1),
    "mEq/L": (MOLES, 1, 2),
    "umol/L": (MOLES, 1, 1),
}
PLAUSIBLE = {
    "mg/dL": (100, None),
    "mg/L": (1000, None),
    "ug/mL": (1000, None),
    "mmol/L": (40, 12_500),
    "mEq/L": (80, None),
    "umol/L": (40, 12_500),
}
TOP = 20_000


def grid(unit: str) -> spine.Inputs:
    """One patient for each value; the one word and unit recognised once."""
    record = Record()
    record.add("observations", "1", **people.lab("Magnesium", 1.0, unit)[1])
    tables = spine.inputs(seal(record), people.NOW)
    row = dict(zip(TABLES["observations"], tables["observations"][0], strict=True))
    values = range(TOP + 1)
    step = 1 if unit == "umol/L" else 1000
    tables["observations"] = [tuple((row | {"patient": n, "row": n, "value": n / step}).values()) for n in values]
    tables["asked"] = [(n, people.NOW) for n in values]
    tables["patients"] = []
    return tables


@pytest.mark.parametrize("unit", UNITS)
def test_every_value_has_exactly_one_grade_and_one_level(unit: str) -> None:
    found = spine.on_duckdb(grid(unit), ("grade_possible", "grade", "level_possible", "other_profile", "measured"))
    refused = {row["patient"] for row in found["measured"] if row["why_not"]}
    cuts, times, by = UNITS[unit]
    low, high = PLAUSIBLE[unit]
    assert refused == {n for n in range(TOP + 1) if n < low or (high is not None and n > high)}
    grades = defaultdict(list)
    for row in found["grade_possible"]:
        grades[row["patient"], row["scheme"]].append(row["grade"])
    schemes = set(knowledge.load().tables["grades"].column("scheme"))
    settled = {row["patient"] for row in found["grade"]}
    assert settled == set(range(TOP + 1)) - refused
    for n in settled:
        for scheme in schemes:
            assert len(grades[n, scheme]) == 1, (n, scheme)
        # whole numbers: n thousandths x times / by against a limit of thousandths
        expected = next((grade for limit, grade in cuts if n * times < round(limit * 1000) * by), 0)
        assert grades[n, "ctcae_v5"] == [expected], n
    levels = defaultdict(list)
    for row in found["level_possible"]:
        levels[row["patient"]].append(row["status"])
    assert {len(levels[n]) for n in settled} <= {1}
    others = defaultdict(list)
    for row in found["other_profile"]:
        others[row["patient"]].append(row["status"])
    profiles = len(set(knowledge.load().tables["ranges"].column("profile"))) - 1
    for n in settled:
        assert len(others[n]) == profiles and set(others[n]) <= {"low", "normal", "high"}, n
