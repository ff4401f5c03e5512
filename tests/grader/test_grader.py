"""No answer is surer than the record, none breaks a ceiling, on random patients against the independent grader."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from hypomag.assess import assess
from hypomag.diff.people import person as patient
from hypomag.read import read
from tests.grader.verdict import verdict
from tests.many import many

PEOPLE = many(400, 20_000)


def test_agrees_on_random_patients() -> None:
    seen: Counter[str] = Counter()
    for seed in range(PEOPLE):
        bundle = patient(seed)
        said, why = verdict(bundle, assess(read(json.dumps(bundle).encode())))
        assert said != "wrong", f"patient {seed}: {why}"
        seen[said] += 1
    assert seen["wider"] <= PEOPLE * 0.03, f"too many answers wider than the record: {seen}"


# Found by the grader; each seed is the same patient for ever.
FINDS = {
    352: "creatinine 3.4 newer than a reported eGFR of 95, sex not known: the eGFR stood for the kidney",
    753: "refeeding, eGFR 29: 2.8 g a day in the feed where the guard said at most 2 g",
}


@pytest.mark.parametrize("seed", FINDS)
def test_finds_stay_mended(seed: int) -> None:
    bundle = patient(seed)
    assert verdict(bundle, assess(read(json.dumps(bundle).encode())))[0] != "wrong", FINDS[seed]


def test_a_wrong_answer_is_seen() -> None:
    """The grader can fail: each of these lies is called wrong."""
    bundle = next(
        b for b in map(patient, range(100)) if assess(read(json.dumps(b).encode()))["level"]["ctcae_grade"] == 2
    )
    lies: tuple[dict[str, object], ...] = (
        {"status": "normal", "possible": ["normal"]},
        *({"ctcae_grade": 1}, {"ctcae_possible": [1]}, {"possible": []}),
    )
    for lie in lies:
        answer = assess(read(json.dumps(bundle).encode()))
        answer["level"] |= lie
        assert verdict(bundle, answer)[0] == "wrong", lie
