"""The rules and the second formulation say the same of people near every limit."""

import pytest

from hypomag import knowledge
from hypomag.recognise import recognise
from hypomag.record import seal
from tests import people, spine
from tests.many import many
from tests.oracle.answer import answers


@pytest.mark.parametrize(("seed", "profile"), [(1, ""), (2, "article"), (3, "cmdt")])
def test_level_grade_and_urgency_agree(seed: int, profile: str) -> None:
    sealed = seal(people.record_of(people.crowd(seed, many(1_000, 100_000))))
    said, coded, unknown = recognise(sealed, knowledge.load())
    assert unknown == []
    wanted = ("level", "level_possible", "grade_possible", "urgency", "urgency_possible")
    found = spine.ask(sealed, people.NOW, *wanted, profile=profile)
    differ = {}
    for patient, level, urgency in answers(sealed.tables, said, coded, people.NOW, profile):
        rules = (
            found["level"][patient][0]["status"],
            found["level"][patient][0]["is_low"],
            {row["status"] for row in found["level_possible"][patient]},
            {row["grade"] for row in found["grade_possible"][patient] if row["scheme"] == "ctcae_v5"},
            found["urgency"][patient][0]["tier"],
            {row["tier"] for row in found["urgency_possible"][patient]},
        )
        is_low = None if level.status == "not_measured" else level.is_low
        oracle = (level.status, is_low, level.possible, level.grades, urgency.tier, urgency.possible)
        if rules != (*oracle[:1], None if is_low is None else int(is_low), *oracle[2:]):
            differ[patient] = (rules, oracle)
    assert differ == {}
