"""P-20: clinician text, patient text, JSON, FHIR and CDS card say the same level, grade and urgency."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.many import many
from tests.people import crowd, record_of

from hypomag.assess import answers
from hypomag.knowledge.sentences import sentences
from hypomag.write import cards, fhir, json_text, patient, text

SAID = sentences()
Seen = tuple[str, int | None, str]  # status, grade of a low level, urgency
PEOPLE, BATCH = many(300, 50_000), 500
TITLES = {SAID["patient"]["title"][key]: key for key in reversed(SAID["patient"]["title"])}
ONCE = {tuple(words): tier for tier, words in SAID["patient"]["now"]["tier"].items()}


def of_json(answer: dict[str, Any]) -> Seen:
    read = json.loads(json_text.write(answer))
    grade = read["level"]["ctcae_grade"] if read["level"]["status"] == "low" else None
    return read["level"]["status"], grade, read["urgency"]["tier"]


def of_text(answer: dict[str, Any]) -> Seen:
    lines = text.write(answer).splitlines()
    statuses = [key for key, words in SAID["status"].items() if lines[0].startswith(words)]
    grades = [int(found[1]) for line in lines[:8] if (found := re.fullmatch(r"  CTCAE v5 grade (\d)", line))]
    tiers = [key for key, words in SAID["tier"].items() if words in lines]
    (status,), (tier,) = statuses, tiers
    return status, grades[0] if grades else None, tier


def of_fhir(answer: dict[str, Any], who: str) -> Seen:
    guidance = json.loads(fhir.write(fhir.bundle(answer, who)["entry"][0]["resource"]))
    status, tier = (reason["text"] for reason in guidance["reasonCode"])
    words, _, grade = status.partition(", CTCAE v5 grade ")
    found = [key for key, of in SAID["status"].items() if of == words]
    return found[0], int(grade) if grade else None, next(key for key, of in SAID["tier"].items() if of == tier)


def of_card(answer: dict[str, Any]) -> tuple[str, int | None, str] | None:
    """What the card at patient-view says; None where there is no card, or no result that it could speak of."""
    made = cards.card(answer, "patient-view", "test")
    if made is None or not answer["level"]["as_written"]:
        return None
    lines = made["detail"].splitlines()
    (tier,) = {key for key, words in SAID["tier"].items() if f"{words}." in lines}
    (line,) = [one for one in lines if one.startswith(tuple(SAID["status"].values()))]
    status = next(key for key, words in SAID["status"].items() if line.startswith(words))
    grade = re.search(r", CTCAE v5 grade (\d):", line)
    return status, int(grade[1]) if grade else None, tier


def of_patient(answer: dict[str, Any]) -> tuple[str, str]:
    """Words of the level, and the urgency: of the grades only 0 and 1, and 2 and an unknown one, share their words."""
    page = patient.write(answer["patient_text"])
    said = answer["patient_text"]["now"]
    (tier,) = {tier for words, tier in ONCE.items() if tuple(said[: len(words)]) == words}
    title = page.splitlines()[0]
    assert TITLES[title]
    return title, tier


def test_every_reader_is_told_the_same() -> None:
    looked = carded = 0
    for start in range(0, PEOPLE, BATCH):
        for who, answer in answers(record_of(crowd(200 + start, min(BATCH, PEOPLE - start)))).items():
            seen = of_json(answer)
            assert of_text(answer) == seen
            assert of_fhir(answer, who) == seen
            shown = of_card(answer)
            assert shown in (None, seen)
            carded += shown is not None
            status, grade, tier = seen
            key = status if grade is None else f"{status}_{grade}"
            assert of_patient(answer) == (SAID["patient"]["title"][key], tier)
            looked += 1
    print(f"{looked:,} patients, {carded:,} with a card, 0 differences: under 3/{looked:,} with 95 % confidence")
    assert looked == PEOPLE and carded
