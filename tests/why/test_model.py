"""The rules agree with the model said a second time, on both engines, with every input missing in turn."""

from __future__ import annotations

import math
import os
from collections import defaultdict
from itertools import islice

import pytest
from tools.why_run import Person, Told, run

from tests.why import model
from tests.why.people import drawn, with_each_missing

MANY = int(os.environ.get("HYPOMAG_WHY_PEOPLE", "3000"))  # 100000 on demand
ROUNDED = 100  # in 1/10000 bit: shares are whole 1/10000, and there may be fifty of them
STEPS, ALL = ("step_probability",), ("step_probability", "cause_probability", "finding_bits", "lead_pattern")
NEAR = 6  # in 1/10000: what flooring on the way costs


def several(many: int) -> list[Person]:
    people = (person for seed in range(many) for person in with_each_missing(drawn(seed)))
    return list(islice(people, many))


@pytest.mark.parametrize(("engine", "many"), [("duckdb", MANY), ("sqlite", 60)])
def test_steps_and_causes_agree_with_the_second_formulation(engine: str, many: int) -> None:
    batch = 5_000
    people = several(many)
    for start in range(0, len(people), batch):
        part = people[start : start + batch]
        found = run(part, ("step_probability", "cause_probability"), engine)
        steps, causes = defaultdict(dict), defaultdict(dict)
        for row in found["step_probability"]:
            steps[row["patient"]][row["step"]] = row["probability"]
        for row in found["cause_probability"]:
            causes[row["patient"]][row["cause"]] = row["probability"]
        for n, person in enumerate(part):
            truth = model.posterior(person)
            assert set(steps[n]) == set(truth.steps), person
            for step, p in steps[n].items():
                assert abs(p - 10_000 * truth.steps[step]) <= NEAR, (person, step, p, truth.steps[step])
            for cause, p in causes[n].items():
                assert abs(p - 10_000 * truth.causes[cause]) <= NEAR, (person, cause, p, truth.causes[cause])
            assert {t.cause for t in person.told if t.counts > 0} <= set(causes[n]), person
        print(f"{engine}: {start + len(part):,} patients agree", flush=True)


def test_information_agrees_with_the_second_formulation() -> None:
    people = several(120)
    found = run(people, ("finding_bits", "open_finding"))
    bits = {(row["patient"], row["finding"]): row for row in found["finding_bits"]}
    asked = defaultdict(set)
    for row in found["open_finding"]:
        asked[row["patient"]].add(row["finding"])
    for n, person in enumerate(people):
        for finding in asked[n]:
            cause, step = model.information(person, finding)
            row = bits.get((n, finding), {"bits_cause": 0, "bits_step": 0})
            assert abs(row["bits_cause"] - 10_000 * cause) <= ROUNDED, (person, finding, row, cause)
            assert abs(row["bits_step"] - 10_000 * step) <= ROUNDED, (person, finding, row, step)


def test_both_engines_agree_to_the_cell() -> None:
    people = several(100)
    ward, bed = run(people, ALL, "duckdb"), run(people, ALL, "sqlite")
    for name, rows in ward.items():
        assert sorted(map(repr, rows)) == sorted(map(repr, bed[name])), name


def test_no_finding_tells_more_than_its_outcomes_can_nor_less_than_nothing() -> None:
    for row in run(several(300), ("finding_bits",))["finding_bits"]:
        most = math.log2(len(model.likelihood()[row["finding"], "background"]))
        assert 0 <= row["bits_step"] <= row["bits_cause"] <= 10_000 * most + 1, row


def test_more_evidence_for_one_cause_takes_from_other_and_from_unnamed_reasons() -> None:
    """What a strong cause explains needs no other; the kidney spared speaks against the kidney and for the rest."""
    bare, told, spared = range(3)
    cisplatin = (Told("cisplatin", "cisplatin"),)
    rows = run([Person(), Person(cisplatin), Person(cisplatin, {"femg": "fe_under_1"})], STEPS)["step_probability"]
    p = {(row["patient"], row["step"]): row["probability"] for row in rows}
    assert p[told, "renal_loss"] > p[bare, "renal_loss"] and p[told, "other"] < p[bare, "other"]
    assert p[spared, "renal_loss"] < p[told, "renal_loss"] and p[spared, "gi_loss"] > p[told, "gi_loss"]
    assert p[told, "gi_loss"] < p[bare, "gi_loss"] / 2
