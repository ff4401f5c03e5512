"""The text for the patient: easy to read in every combination, no doses, the same grade and urgency as the answer."""

from __future__ import annotations

import re
from itertools import chain, combinations, product
from random import Random
from typing import Any

import numpy as np
import pytest
import textstat

from hypomag import knowledge
from hypomag.answer.patient import patient_text
from hypomag.assess import answers
from hypomag.knowledge.sentences import sentences
from tests.answer.readability import counts, grades
from tests.many import many
from tests.people import crowd, record_of

SAID = sentences()["patient"]
PARTS = ("what", "now", "call", "usually", "questions", "note")
HARDEST = 6.0
STATUSES = [("low", grade) for grade in (0, 1, 2, 3, 4, None)]
STATUSES += [(status, None) for status in ("normal", "high", "cannot_tell", "not_measured")]
TIERS = list(SAID["now"]["tier"])
FLAGS = [chosen for n in range(many(2, 4)) for chosen in combinations(SAID["flags"], n)]
WAYS: list[tuple[str, ...]] = [(), ("po",), ("iv",), ("po", "iv")]
CAUSES = sorted({row["words"] for row in knowledge.load().tables["cause_words"].dicts()})
PAIRS = [(), *((c,) for c in CAUSES), *((a, b) for a in CAUSES for b in CAUSES if a != b)]
OF = {row["words"]: row["cause"] for row in knowledge.load().tables["cause_words"].dicts()}
SIGNS_TOLD = [(), ("heart skips beats",)]
UNCLEAR: list[tuple[str, ...]] = [(), ("heart skips",), ("water pill",) * 6]
SIGNS = (None, *SAID["line"]["signs"], "~")
RANGES = [("laboratory", 0.7, 1.0), ("laboratory", 0.7, None), ("laboratory", None, 1.0)]
RANGES += [("adult", low, high) for _, low, high in RANGES] + [
    ("", None, None),
    ("other unit", 1.7, 2.4),
    ("in meq", 0.7, 1.0),
]
LINES = [(None, None, None), *product(SIGNS, ("2026-11-03T10:00:00Z", None), RANGES)]


def answer(
    status: tuple[str, int | None],
    tier: str,
    flags: Any = (),
    causes: Any = (),
    ways: Any = (),
    line: Any = LINES[1],
    unclear: Any = (),
    signs: Any = (),
) -> dict[str, Any]:
    """The parts of an answer that the text looks at."""
    sign, day, of = line
    profile, low, high = of or ("", None, None)
    return {
        "level": {
            "status": status[0],
            "ctcae_grade": status[1],
            "flags": [{"flag": flag} for flag in flags],
            "value": None if of is None else 0.55,
            "as_written": None if of is None else f"{sign or ''}0.55 mmol/L",
            "unit": None if of is None else {"in meq": "meq/L"}.get(profile, "mmol/L"),
            "value_mmol_l": None if of is None else 0.55,
            "comparator": sign,
            "taken_at": day,
            "range": of
            and {
                "low": low,
                "high": high,
                "unit": "mg/dL" if profile == "other unit" else "mmol/L",
                "profile": profile,
            },
        },
        "urgency": {
            "tier": tier,
            "red_flags": [
                {"tier": tier, "kind": "red_flag", "sources": [], "evidence": [{"says": sign}]} for sign in signs
            ],
            "suspected": [],
        },
        "not_recognised": [{"fact": "conditions", "text": text} for text in unclear],
        "causes": [{"cause": OF[words], "recorded": True, "sources": ["ARTICLE"]} for words in causes],
        "treatment": {"options": [{"route": way, "way": way} for way in ways]},
    }


def read(text: dict[str, Any]) -> list[str]:
    """All sentences of a text, in the order of the page; title and headings are no sentences."""
    return [text["line"]["words"], *chain.from_iterable(text[part] for part in PARTS)]


def count(*choice: Any, **more: Any) -> np.ndarray:
    return counts(read(patient_text(answer(*choice, **more))))


def test_every_combination_is_at_grade_six_or_easier() -> None:
    """Counts add up, so all of status, tier, flags (one, on demand to three), causes, ways and lines are looked at."""
    looked = 0
    worst = dict.fromkeys(grades(np.ones(5)), -99.0)
    for status in STATUSES:
        tiers = np.array([count(status, tier, signs=signs) for tier in TIERS for signs in SIGNS_TOLD])
        flags, ways, lines, causes, unclear = (
            np.array([count(status, TIERS[0], **{name: chosen}) - tiers[0] for chosen in of])
            for name, of in (
                ("flags", FLAGS), ("ways", WAYS), ("line", LINES), ("causes", PAIRS), ("unclear", UNCLEAR),
            )
        )  # fmt: skip
        ways = (ways[:, None] + unclear).reshape(-1, 5)
        beside = np.unique((flags[:, None, None] + ways[:, None] + np.unique(lines, axis=0)).reshape(-1, 5), axis=0)
        looked += len(tiers) * len(flags) * len(ways) * len(lines) * len(causes)
        for one in np.unique((tiers[:, None] + causes).reshape(-1, 5), axis=0):
            for formula, value in grades(one + beside).items():
                worst[formula] = max(worst[formula], float(value.max()))
    print(f"{looked:,} combinations; hardest: " + ", ".join(f"{name} {value:.2f}" for name, value in worst.items()))
    assert looked > 10**8
    assert {name: value for name, value in worst.items() if value > HARDEST} == {}


def test_counts_add_up_and_agree_with_textstat() -> None:
    """What is added up above is what the whole text counts, and textstat finds the same grade."""
    dice = Random(5)
    for _ in range(60):
        status, tier = dice.choice(STATUSES), dice.choice(TIERS)
        more = {"flags": dice.choice(FLAGS), "causes": dice.choice(PAIRS), "ways": dice.choice(WAYS)}
        more |= {"line": dice.choice(LINES), "unclear": dice.choice(UNCLEAR)}
        base = count(status, tier)
        added = base + sum(count(status, tier, **{name: chosen}) - base for name, chosen in more.items())
        whole = read(patient_text(answer(status, tier, **more)))
        assert (added == counts(whole)).all()
        found = grades(added)
        text = re.sub(r"(\d)\.(\d)", r"\1\2", " ".join(whole))  # textstat ends a sentence within 0.55
        assert abs(found["Coleman-Liau"] - textstat.coleman_liau_index(text)) < 0.7
        assert abs(found["automated readability index"] - textstat.automated_readability_index(text)) < 0.7


@pytest.mark.parametrize("status", STATUSES, ids=str)
@pytest.mark.parametrize("tier", TIERS)
def test_every_part_is_there(status: tuple[str, int | None], tier: str) -> None:
    text = patient_text(answer(status, tier, causes=("acid_blocker", "alcohol")))
    assert len(text["questions"]) == len(set(text["questions"])) == 3
    assert all(text[part] for part in PARTS)
    said = " ".join(read(text))
    assert "emergency services" in text["headings"]["call"]
    assert "seizure" in said and "heart races" in said
    assert not re.search(r"\b(911|999|112|000)\b|\bmg\b(?!/dL)|\bgram|tablet a day|\bdose", said)
    assert "{" not in said


def test_words_that_mean_nothing_here_are_said_before_anything_that_calms() -> None:
    text = patient_text(answer(("low", 1), "routine", unclear=("heart \n skips beats", *"abcde")))
    first, second, third, *_ = text["now"]
    assert '"heart skips beats", "a", "b", "c", "d", and more' in first and "call at once" in second
    assert third == "There is no rush."
    assert patient_text(answer(("low", 1), "routine"))["now"][0] == "There is no rush."
    urgent = patient_text(answer(("low", 1), "emergency", unclear=("a",)))["now"]
    assert urgent[0].startswith("This is an emergency") and '"a"' in " ".join(urgent)


def test_the_page_says_which_words_make_it_urgent() -> None:
    urgent = patient_text(answer(("low", 1), "same_day", signs=("heart skips beats",)))["now"]
    assert urgent[0] == "Go to a hospital today." and '"heart skips beats"' in " ".join(urgent)
    calm = patient_text(answer(("low", 1), "days", signs=("heart skips beats",)))["now"]
    assert "heart" not in " ".join(calm)


def test_every_cause_has_its_words() -> None:
    tables = knowledge.load().tables
    causes = {row["cause"] for row in tables["causes"].dicts() if not row["never_a_cause"]}
    assert causes == set(tables["cause_words"].column("cause"))
    assert set(SAID["causes"]) == set(CAUSES)
    assert all(set(words) == {"what", "now", "usually", "question"} for words in SAID["causes"].values())
    assert all(words["question"].endswith("?") for words in SAID["causes"].values())


def test_the_lab_range_is_named_and_a_foreign_unit_is_not_mixed_in() -> None:
    lab = patient_text(answer(("low", 2), "days", line=("<", "2026-11-03", ("laboratory", 0.7, 1.0))))["line"]
    assert lab["words"] == (
        "The test of 2026-11-03 says less than 0.55 mmol/L. Think of a line of numbers. "
        "Your lab's own normal part goes from 0.7 to 1 mmol/L. You are below the normal part."
    )
    ours = patient_text(answer(("normal", None), "none", line=(None, None, ("adult", 0.7, 1.0))))["line"]
    assert "lab's own range was not there" in ours["words"]
    other = patient_text(answer(("low", 2), "days", line=(None, None, ("other unit", 1.7, 2.4))))["line"]
    assert "1.7" not in other["words"]


def test_says_what_the_answer_says() -> None:
    """Of any patient: the title has the grade, the first advice has the tier, and neither can be another's."""
    titles = {SAID["title"][key]: key for key in SAID["title"]}
    advice = {tuple(lines): tier for tier, lines in SAID["now"]["tier"].items()}
    assert len(advice) == len(TIERS)
    for found in answers(record_of(crowd(20, many(300, 50_000)))).values():
        text, level = found["patient_text"], found["level"]
        tier = found["urgency"]["tier"]
        assert advice[tuple(text["now"][: len(SAID["now"]["tier"][tier])])] == tier
        key = titles[text["title"]]
        if level["status"] != "low":
            assert key == level["status"]
        else:
            assert SAID["title"][key] == SAID["title"][f"low_{level['ctcae_grade']}".replace("_None", "")]
        assert (level["as_written"] is None or level["value"] is None) == (
            text["line"]["words"] == SAID["line"]["not_measured"]
        )


def test_another_language_is_one_more_file() -> None:
    with pytest.raises(LookupError, match="add knowledge/sentences/xx"):
        patient_text(answer(("low", 2), "days"), language="xx")
