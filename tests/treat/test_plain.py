"""The rules against the second formulation: 0 silent disagreements about guards, amounts and repeats."""

import pytest

from tests.many import many
from tests.treat import crowd
from tests.treat.people import run
from tests.treat.plain import Plain, level_hours

BATCH = 3000
MANY = many(BATCH, 100_000)
WANTED = ("option", "guard", "level", "scenario")


@pytest.fixture(scope="module")
def people() -> list[tuple]:
    met = []
    for seed in range(MANY // BATCH):
        everybody = crowd.crowd(15 + seed, BATCH)
        rows = run(everybody, WANTED)
        met += [(everybody[name], rows[name]) for name in everybody]
    return met


def states(rows: dict) -> dict[str, str]:
    return {row["guard"]: row["acts_as"] for row in rows["guard"]}


def test_guards(people: list[tuple]) -> None:
    for person, rows in people:
        plain, found = Plain(person, rows["level"][0]["status"]), states(rows)
        blocks = {name for name, state in found.items() if state == "blocks"}
        assert ("kidney_below_30" in blocks) == plain.below_30, person
        assert ("kidney_below_15" in blocks) == plain.below_15, person
        assert found["kidney_injury"] == {True: "blocks", False: "clear", None: "unknown"}[plain.injury], person
        assert (found["creatinine_recent"] == "clear") == plain.creatinine_recent, person
        assert (found["creatinine_known"] == "clear") == plain.creatinine_known, person
        assert ("little_urine" in blocks) == plain.urine_acts, person
        assert ("low_pressure" in blocks) == plain.pressure_acts, person
        assert ("breathing_slow" in blocks) == plain.slow_acts, person
        assert ("dialysis" in blocks) == plain.dialysis, person
        given = "blocks" if plain.given >= 60 else "clear" if plain.given_known else "unknown"
        assert found["magnesium_day"] == given, person


def test_doses(people: list[tuple]) -> None:
    seen = {"vein": 0, "mouth": 0, "urgent": 0}
    for person, rows in people:
        plain = Plain(person, rows["level"][0]["status"])
        options = {row["plan"]: row for row in rows["option"]}
        scenarios = {row["scenario"] for row in rows["scenario"]}
        urgent = {"torsades", "seizure", "arrhythmia"} & scenarios
        if "severe" in scenarios and plain.adult:
            option = options.get("severe_label")
            assert (option is None) == (plain.vein(level_hours(rows)) is None), person
            expected = plain.one_label_dose(level_hours(rows), bool(urgent))
            assert (option and option["grams_high"]) == (expected and round(expected * 10_000)), person
            seen["vein"] += expected is not None
        if "mild" in scenarios and plain.adult:
            option = options.get("mild_nhs_highland") or {}
            expected_mouth = plain.mild_mouth(level_hours(rows))
            found = (option.get("mouth_low"), option.get("mouth_high"))
            if expected_mouth is None:
                assert found == (None, None), person
            else:
                assert found == pytest.approx([10_000 * v for v in expected_mouth], abs=1.01), person
                seen["mouth"] += 1
        if "torsades" in scenarios and plain.adult:
            option = options.get("torsades")
            assert (option is None) == plain.stops, person
            if option and person.age is not None:
                assert option["grams_high"] == 20_000
                safe = plain.creatinine_recent and not plain.below_30 and plain.injury is False
                safe = safe and not plain.urine_acts and not plain.dialysis and plain.given_known and plain.given < 60
                assert option["doses"] == (2 if safe else 1), person
                seen["urgent"] += 1
    assert min(seen.values()) > MANY / 300, seen
