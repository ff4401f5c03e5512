"""Made-up patients, seeded: causes told of, findings known, and each with one of them taken away."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from tools.why_run import Person, Told

from tests.why.model import likelihood, table


def drawn(seed: int) -> Person:
    """A patient with none to four causes told of and none to eight findings known."""
    dice = random.Random(seed)
    causes = sorted({row["cause"] for row in table("cause_weights")})
    drugs = sorted({(r["drug"], r["cause"]) for r in table("drug_effects") if r["effect"] == "lowers" and r["cause"]})
    told = []
    for _ in range(dice.choice((0, 1, 1, 2, 3, 4))):
        if dice.random() < 0.5:
            named, cause = dice.choice(drugs)
            told.append(
                Told(cause, named, dice.choice((10_000, 8_000, 5_000, 1_234)), dice.choice((None, 200_000, 800_000)))
            )
        else:
            cause = dice.choice(causes)
            told.append(Told(cause, cause, dice.choice((9_500, 6_000, 3_000))))
    values = likelihood()
    findings = sorted({finding for finding, _ in values})
    chosen = dice.sample(findings, dice.choice((0, 1, 2, 3, 5, 8)))
    return Person(tuple(told), {f: dice.choice(sorted(values[f, "background"])) for f in chosen})


def with_each_missing(person: Person) -> Iterator[Person]:
    """The patient, and the patient without each cause told of and without each finding in turn."""
    yield person
    for n in range(len(person.told)):
        yield replace(person, told=(*person.told[:n], *person.told[n + 1 :]))
    for finding in person.findings:
        yield replace(person, findings={f: v for f, v in person.findings.items() if f != finding})
