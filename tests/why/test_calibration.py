"""Of the patients drawn from the model itself to whom the rules give a chance of x, x have it."""

from __future__ import annotations

import random
from collections import defaultdict
from itertools import product

from tests.why.model import STEPS, Person, chances, kidney, likelihood, ratio, table
from tests.why.run import Told, run

TOLD = [
    (),
    (Told("ppi", "omeprazole"), Told("thiazide", "hydrochlorothiazide")),
    (Told("alcohol_use_disorder", "alcohol_use_disorder", 9_500), Told("chronic_diarrhea", "chronic_diarrhea", 9_500)),
    (Told("cisplatin", "cisplatin"), Told("diabetes", "diabetes", 9_500), Told("ppi", "omeprazole")),
    (Told("refeeding", "refeeding", 5_000), Told("starvation", "poor_intake", 6_000)),
]
SHOWN = ("potassium", "severity", "urine_calcium")  # drawn together with what causes them


def normaliser(person: Person, bare: dict[tuple[str, str], float]) -> float:
    """How likely the findings of a person are, over all ways in which causes may be there and at work."""
    made = 1.0
    for finding, value in person.findings.items():
        made *= likelihood()[finding, "background"][value]
    for row in table("cause_weights"):
        at_work = weight(person, row) / 10_000
        there = bare[row["cause"], row["step"]] / at_work
        shows, works = ratio(row["cause"], person.findings, "presence"), ratio(row["cause"], person.findings, "work")
        after = there * shows / (1 - there + there * shows) * at_work
        made *= (1 - there + there * shows) * (1 - after + after * works)
    return made


def weight(person: Person, row: dict) -> int:
    named = {t.named for t in person.told if t.cause == row["cause"]}
    own = [d["weight"] for d in table("drug_weights") if d["drug"] in named and d["dose_from"] is None]
    return own[0] if own else row["weight"]


def test_chances_are_frequencies() -> None:
    dice = random.Random(20261122)
    people, failed = [], []
    for told in TOLD:
        shown = [
            dict(zip(SHOWN, values, strict=True)) for values in product(*(likelihood()[f, "background"] for f in SHOWN))
        ]
        bare = chances(Person(told))
        odds = [normaliser(Person(told, findings), bare) for findings in shown]
        leak = {row["step"]: row["leak"] / 10_000 for row in table("steps")}
        at_work = [chances(Person(told, findings)) for findings in shown]
        for n in dice.choices(range(len(shown)), odds, k=3_000):
            person = Person(told, dict(shown[n]))
            working = {step for (_, step), p in at_work[n].items() if dice.random() < p}
            working |= {step for step in STEPS if dice.random() < leak[step]}
            world = tuple(int(step in working) for step in STEPS)
            outcome = likelihood()["femg", kidney(world)]
            person.findings["femg"] = dice.choices(list(outcome), list(outcome.values()))[0]
            people.append(person)
            failed.append(working)
    bins = defaultdict(list)
    for row in run(people, ("step_probability",))["step_probability"]:
        if row["step"] != "other":
            bins[row["step"], row["probability"] // 1_000].append(
                (row["probability"] / 10_000, row["step"] in failed[row["patient"]])
            )
    checked = 0
    for where, pairs in bins.items():
        said = sum(p for p, _ in pairs) / len(pairs)
        was = sum(happened for _, happened in pairs) / len(pairs)
        spread = (sum(p * (1 - p) for p, _ in pairs)) ** 0.5 / len(pairs)
        checked += len(pairs)
        assert abs(said - was) <= 4 * spread + 0.001, (where, said, was, len(pairs))
    assert checked == 5 * len(people)
