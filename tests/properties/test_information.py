"""P-06: making a measured lab, its unit or its time unknown never makes the level or the urgency surer or milder."""

from collections.abc import Iterator
from random import Random
from typing import Any

from tests import people, spine
from tests.many import many

RANKS = {"none": 0, "routine": 1, "days": 2, "same_day": 3, "emergency": 4}
UNKNOWN: dict[str, dict[str, Any]] = {
    "value": {"value": None, "value_text": ""},
    "unit": {"unit_text": "", "unit": ""},
    "time": {"start": None, "start_precision": "", "known_at": None},
}


def blinded(person: people.Person) -> Iterator[tuple[str, people.Person]]:
    """The person once for each lab and each thing of it that may be unknown."""
    for n, (table, columns) in enumerate(person):
        if table == "observations":
            for what, unknown in UNKNOWN.items():
                yield f"{n} {what}", [*person[:n], (table, columns | unknown), *person[n + 1 :]]


def test_level_and_urgency_only_widen() -> None:
    random = Random(21)
    crowd = {f"{n}": people.anybody(random) for n in range(many(250, 30_000))}
    odd = {f"{n}/{what}": seen for n, person in crowd.items() for what, seen in blinded(person)}
    found = spine.ask(people.record_of(crowd | odd), people.NOW, "level_possible", "urgency", "urgency_possible")
    levels = {p: {row["status"] for row in rows} for p, rows in found["level_possible"].items()}
    tiers = {p: {RANKS[row["tier"]] for row in rows} for p, rows in found["urgency_possible"].items()}
    narrower, milder = [], []
    for patient in odd:
        before = patient.split("/")[0]
        if not levels[patient] >= levels[before]:
            narrower.append((patient, levels[before], levels[patient], crowd[before]))
        if not max(tiers[patient]) >= max(tiers[before]):
            milder.append((patient, tiers[before], tiers[patient], crowd[before]))
    assert narrower == [] and milder == []
    assert len(odd) > 5 * len(crowd)
