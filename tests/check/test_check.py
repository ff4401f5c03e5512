"""The last look by itself: nothing that is rendered breaks a ceiling, and a plan pushed past each ceiling is refused."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from hypomag import check
from hypomag.answer import treat
from tests.many import many
from tests.treat import crowd
from tests.treat.people import KIDNEYS_FINE, Person, facts, lab, magnesium, run

Row = dict[str, Any]
BATCH = 2000


def rendered(people: dict[str, Person]) -> dict[str, Row]:
    rows, known = run(people, (*treat.WANTED, "level")), facts(people)
    return {
        name: {
            "level": {"status": rows[name]["level"][0]["status"]},
            "treatment": treat.treatment(rows[name], known[name]),
        }
        for name in people
    }


def test_no_rendered_plan_breaks_a_ceiling() -> None:
    figures = 0
    for seed in range(many(2, 50)):
        people = crowd.crowd(400 + seed, BATCH)
        for name, answer in rendered(people).items():
            assert check.faults(answer) == {}, people[name]
            figures += sum(o["mmol"] is not None for o in answer["treatment"]["options"])
    assert figures > 200  # the crowd does meet plans with numbers


ADULT = Person(labs=[magnesium(1.1), *KIDNEYS_FINE], has=["seizure", "torsades"])
MILD = Person(labs=[magnesium(1.5), *KIDNEYS_FINE])
CHILD = Person(
    age=8,
    has=["torsades"],
    labs=[
        magnesium(1.1),
        lab("egfr", 100, "mL/min/{1.73_m2}", 2),
        lab("creatinine", 0.4, "mg/dL", 2),
        lab("creatinine", 0.4, "mg/dL", 40),
        lab("weight", 25, "kg", 5),
    ],
)
NO_VEIN = Person(labs=[magnesium(1.5), *KIDNEYS_FINE], has=["iv_access_lacking"])
ONE_CREATININE = Person(labs=[magnesium(1.1), lab("creatinine", 0.9, "mg/dL", 2), lab("weight", 70, "kg", 5)])
TOXIC = Person(labs=[magnesium(8.0), *KIDNEYS_FINE], has=["reflexes_lost"])
SOUND = rendered(
    {"adult": ADULT, "mild": MILD, "child": CHILD, "no_vein": NO_VEIN, "toxic": TOXIC, "single": ONE_CREATININE}
)


def option(answer: Row, key: str) -> Row:
    return next(o for o in answer["treatment"]["options"] if o["key"] == key)


def set_to(**values: Any) -> Callable[[Row, Row], None]:
    def change(_: Row, o: Row) -> None:
        o.update(values)

    return change


def scaled(by: float) -> Callable[[Row, Row], None]:
    """The whole dose larger, consistently, words and all: a slip that no unit check can see."""

    def change(_: Row, o: Row) -> None:
        for end in (o, o["most"] or {}):
            end.update({what: end[what] * by for what in check.AMOUNTS if end.get(what) is not None})

    return change


def tablets(**values: Any) -> Callable[[Row, Row], None]:
    """The first product of an option otherwise."""

    def change(_: Row, o: Row) -> None:
        o["products"][0].update(values)

    return change


def elsewhere(**values: Any) -> Callable[[Row, Row], None]:
    """The same amount as another source gives it, otherwise."""

    def change(_: Row, o: Row) -> None:
        o["also"][0].update(values)

    return change


def basis(**values: Any) -> Callable[[Row, Row], None]:
    def change(answer: Row, _: Row) -> None:
        answer["treatment"]["basis"].update(values)

    return change


def guard(name: str, state: str) -> Callable[[Row, Row], None]:
    def change(answer: Row, _: Row) -> None:
        next(g for g in answer["treatment"]["guards"] if g["guard"] == name)["state"] = state

    return change


def level(status: str) -> Callable[[Row, Row], None]:
    def change(answer: Row, _: Row) -> None:
        answer["level"]["status"] = status

    return change


def words(old: str, new: str) -> Callable[[Row, Row], None]:
    def change(_: Row, o: Row) -> None:
        assert old in o["text"] and old in o["line"]
        o["line"] = o["line"].replace(old, new)

    return change


PAST = [
    # dose, rate, repeats and strength of an emergency
    ("adult", "torsades", scaled(1.01), "g in an emergency dose"),
    ("adult", "torsades", set_to(hours=0.08, rate_g_per_h=25), "mg a minute"),
    ("adult", "torsades", set_to(hours=None), "needs a time"),
    ("adult", "torsades", set_to(doses=3), "g in emergency doses"),
    ("adult", "torsades", set_to(dilution_ml=9.9), "percent in a vein"),
    ("adult", "seizure", guard("creatinine_recent", "not_assessed"), "allows no repeat"),
    ("adult", "torsades", guard("dialysis", "blocks"), "allows no repeat"),
    ("adult", "torsades", basis(age_years=None), "without an age"),
    # an ordinary dose by vein
    ("adult", "severe_label", set_to(hours=2.4, rate_g_per_h=5 / 2.4), "g an hour"),
    ("adult", "severe_label", set_to(rate_g_per_h=2.01), "g an hour"),
    ("adult", "severe_label", set_to(hours=None, rate_g_per_h=None), "needs a time"),
    ("adult", "severe_label", set_to(doses=3), "mmol in 24 hours"),
    ("adult", "severe_nhs_highland", set_to(interval_hours=8.0), "mmol in 24 hours"),
    ("adult", "severe_nhs_highland", set_to(doses=9, interval_hours=24.0), "g in a course"),
    ("adult", "severe_label", basis(magnesium_given_24h_mmol=30.0), "mmol in 24 hours"),
    ("adult", "severe_label", basis(magnesium_given_24h_mmol=None), "not known"),
    ("adult", "severe_label", basis(egfr=29.9), "before a level"),
    ("adult", "severe_label", basis(egfr=14.9), "eGFR of 14.9"),
    ("adult", "severe_label", basis(egfr=None), "without a recent creatinine"),
    ("adult", "severe_label", guard("creatinine_recent", "not_assessed"), "without a recent creatinine"),
    ("adult", "severe_label", guard("kidney_injury", "not_assessed"), "before a level"),
    ("adult", "severe_label", guard("little_urine", "blocks"), "before a level"),
    ("adult", "severe_label", guard("dialysis", "blocks"), "dialysis forbids it"),
    ("adult", "severe_label", guard("heart_block", "blocks"), "heart_block forbids it"),
    ("adult", "severe_label", guard("myasthenia", "blocks"), "myasthenia forbids it"),
    ("adult", "severe_label", guard("magnesium_recent", "blocks"), "allows no figure"),
    ("adult", "severe_label", basis(age_years=None), "without an age"),
    ("no_vein", "muscle", set_to(doses=5, interval_hours=4.8), "g into the muscle"),
    ("single", "severe_nhs_highland", elsewhere(hours=0.5), "g an hour"),
    # by mouth
    ("mild", "mild_nhs_highland", scaled(1.02), "mg of magnesium by mouth"),
    ("mild", "mild_nhs_highland", basis(egfr=29.9), "mg of magnesium by mouth"),
    ("mild", "mild_nhs_highland", basis(egfr=14.9), "eGFR of 14.9"),
    ("mild", "mild_nhs_highland", basis(egfr=None), "without a creatinine"),
    ("mild", "mild_nhs_highland", basis(magnesium_by_mouth_24h_mmol=1.0), "mg of magnesium by mouth"),
    ("mild", "mild_nhs_highland", basis(magnesium_by_mouth_24h_mmol=None), "not known"),
    ("mild", "mild_nhs_highland", basis(age_years=None), "without an age"),
    ("mild", "mild_nhs_highland", tablets(doses_high=[2, 1]), "hold 729 mg"),
    ("mild", "mild_nhs_highland", tablets(doses_high=[2, 1], elemental_mg=[243, 729]), "mg in whole tablets"),
    ("mild", "mild_nhs_highland", tablets(salt="sulfate_anhydrous"), "no product whose magnesium is known"),
    # a child
    ("child", "torsades_child", scaled(1.01), "mg in a child's dose"),
    ("child", "torsades_child", basis(weight_kg=None), "without a weight"),
    ("child", "torsades_child", basis(weight_kg=24.0), "mg in a child's dose"),
    ("child", "torsades_child", set_to(hours=0.08, rate_g_per_h=None), "mg a minute in a child"),
    ("child", "child_vein", set_to(doses=3, interval_hours=8.0), "mmol in 24 hours in a child"),
    # the level, and signs that say stop
    ("adult", "severe_label", level("high"), "level is high"),
    ("adult", "severe_label", level("normal"), "level is normal"),
    ("adult", "seizure", level("cannot_tell"), "level is cannot_tell"),
    ("adult", "torsades", guard("high_magnesium", "blocks"), "high_magnesium"),
    ("adult", "torsades", guard("reflexes", "blocks"), "reflexes"),
    ("adult", "torsades", guard("breathing", "blocks"), "breathing"),
    ("adult", "torsades", guard("new_heart_block", "blocks"), "new_heart_block"),
    ("adult", "torsades", guard("obstetric", "blocks"), "obstetric"),
    # units and words
    ("adult", "severe_label", set_to(mmol=40.6), "do not agree"),
    ("adult", "severe_label", set_to(meq=20.3), "do not agree"),
    ("adult", "severe_label", set_to(elemental_mg=20.3), "do not agree"),
    ("adult", "severe_label", set_to(grams=0.5), "do not agree"),
    ("adult", "severe_label", set_to(grams=0.0), "no number"),
    ("adult", "severe_label", set_to(grams=float("nan")), "no number"),
    ("adult", "severe_label", set_to(mmol=-20.3), "no number"),
    ("adult", "severe_label", words("magnesium sulfate", "MgSO4"), "abbreviation"),
    ("adult", "severe_label", words("magnesium sulfate", "MSO4"), "abbreviation"),
    ("adult", "severe_label", words("5 g magnesium sulfate", "1 amp magnesium sulfate"), "abbreviation"),
    ("adult", "severe_label", words("5 g magnesium", "51 g magnesium"), "the words say 51"),
    # the antidote
    ("toxic", "calcium", scaled(1.01), "calcium gluconate"),
]


@pytest.mark.parametrize(
    ("who", "key", "change", "fault"), PAST, ids=[f"{p[1]}-{p[3]}-{n}" for n, p in enumerate(PAST)]
)
def test_a_plan_past_a_ceiling_is_refused(who: str, key: str, change: Callable[[Row, Row], None], fault: str) -> None:
    answer = deepcopy(SOUND[who])
    assert key not in check.faults(answer)
    change(answer, option(answer, key))
    assert any(fault in said for said in check.faults(answer)[key])
    looked = check.last_look(answer)["treatment"]
    assert key not in {o["key"] for o in looked["options"]}
    refused = next(r for r in looked["refused"] if r["key"] == key)
    assert refused["guards"] == ["last_look"] and any(fault in said for said in refused["because"])


def test_what_keeps_the_ceilings_is_not_touched() -> None:
    for answer in SOUND.values():
        assert check.last_look(answer) is answer


def test_a_fault_takes_only_its_own_option() -> None:
    answer = deepcopy(SOUND["adult"])
    option(answer, "severe_label")["grams"] = 34.5
    kept = {o["key"] for o in check.last_look(answer)["treatment"]["options"]}
    assert kept == {o["key"] for o in answer["treatment"]["options"]} - {"severe_label"}
