"""Both parts for every patient of a sealed record, one patient at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.oracle.danger import Story, Triage, Urgency, newest, urgency
from tests.oracle.level import Level, level
from tests.oracle.reading import Fact, Reader

Words = Sequence[tuple[Any, ...]]


def answers(
    tables: Mapping[str, Sequence[Fact]],
    said: Words,
    coded: Words,
    as_of: int,
    profile: str = "",
    scheme: str = "ctcae_v5",
) -> Iterator[tuple[str, Level, Urgency]]:
    """Each patient's id with level and urgency. `tables`: those of a sealed record."""
    reader, triage = Reader(said, coded), Triage()
    own: dict[int, dict[str, list[Fact]]] = defaultdict(lambda: defaultdict(list))
    for name, facts in tables.items():
        for fact in facts:
            own[fact["patient"]][name].append(fact)
    for patient in tables["patients"]:
        mine = own[patient["patient"]]
        found = level(patient, mine["observations"], reader, as_of, profile, scheme)
        story = Story(mine, said, coded, triage, as_of)
        beside = newest(mine["observations"], reader, found, as_of, triage)
        yield patient["id"], found, urgency(patient, story, found, beside, triage, as_of)
