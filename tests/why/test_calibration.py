"""Of the patients drawn from the model itself to whom the rules give a chance of x, x have it."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from itertools import product

from tools.why_run import Person, Told, run

from tests.why.model import STEPS, before_low, chances, kidney, leaks, likelihood, ratio, weight_of, weights

TOLD = [
    (),
    (Told("ppi", "omeprazole"), Told("thiazide", "hydrochlorothiazide")),
    (Told("alcohol_use_disorder", "alcohol_use_disorder", 9_500), Told("chronic_diarrhea", "chronic_diarrhea", 9_500)),
    (Told("cisplatin", "cisplatin"), Told("diabetes", "diabetes", 9_500), Told("ppi", "omeprazole")),
    (Told("refeeding", "refeeding", 5_000), Told("starvation", "poor_intake", 6_000)),
]
SHOWN = ("potassium", "severity", "urine_calcium")  # drawn together with what causes them


def drawn(dice: random.Random, told: tuple[Told, ...], many: int) -> Iterator[tuple[Person, set[str]]]:
    """Patients of the model whose magnesium turned out low, each with the steps that fail."""
    shown = [dict(zip(SHOWN, v, strict=True)) for v in product(*(likelihood()[f, "background"] for f in SHOWN))]
    people = [Person(told, findings) for findings in shown]
    switches = [[*chances(p).items(), *((("leak", s), q) for s, q in leaks(p).items())] for p in people]
    bare = Person(told)
    before = [*chances(bare).items(), *((("leak", s), q) for s, q in leaks(bare).items())]
    odds = [seen(p, before) for p in people]
    made = 0
    while made < many:
        n = dice.choices(range(len(people)), odds)[0]
        failing = {step for (_, step), q in switches[n] if dice.random() < q}
        if not failing:
            continue
        outcome = likelihood()["femg", kidney(tuple(int(s in failing) for s in STEPS))]
        femg = dice.choices(list(outcome), list(outcome.values()))[0]
        made += 1
        yield Person(told, shown[n] | {"femg": femg}), failing


def seen(person: Person, before: list[tuple[tuple[str, str], float]]) -> float:
    """How likely the findings of a person are, over all ways in which causes may be there and at work."""
    made = 1.0
    for finding, value in person.findings.items():
        made *= likelihood()[finding, "background"][value]
    after = chances(person) | {("leak", step): p for step, p in leaks(person).items()}
    for key, p in before:
        made *= normal(person, key, p, after[key])
    return made


def normal(person: Person, key: tuple[str, str], before: float, after: float) -> float:
    """What summing over one switch leaves: odds times the shift, or (presence then work) the same in two steps."""
    cause, _ = key
    if cause == "leak":
        return (1 - before) / (1 - after)
    rate = own_rate(person, key)
    there, shows = before / rate, ratio(cause, person.findings, "presence")
    scale = 1 - there + there * shows
    works = there * shows / scale * rate
    return scale * (1 - works + works * ratio(cause, person.findings, "work"))


def own_rate(person: Person, key: tuple[str, str]) -> float:
    for cause, step, weight, _, rate in weights():
        if (cause, step) == key:
            told = [weight_of(t, cause, weight) for t in person.told if t.cause == cause]
            return rate if not told or told[0] == weight / 10_000 else before_low(told[0])
    raise KeyError(key)


def test_chances_are_frequencies() -> None:
    dice = random.Random(20261122)
    pairs = [pair for told in TOLD for pair in drawn(dice, told, 3_000)]
    bins = defaultdict(list)
    for row in run([person for person, _ in pairs], ("step_probability",))["step_probability"]:
        happened = row["step"] in pairs[row["patient"]][1]
        bins[row["step"], row["probability"] // 1_000].append((row["probability"] / 10_000, happened))
    for where, of in bins.items():
        said = sum(p for p, _ in of) / len(of)
        was = sum(happened for _, happened in of) / len(of)
        spread = (sum(p * (1 - p) for p, _ in of)) ** 0.5 / len(of)
        assert abs(said - was) <= 4 * spread + 0.001, (where, said, was, len(of))
    assert sum(map(len, bins.values())) == 6 * len(pairs)
