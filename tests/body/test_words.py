"""Doses, causes and scenarios in words: what is understood, and a sentence with a path for what is not."""

import numpy as np
import pytest

from hypomag.body.causes import read_causes
from hypomag.body.doses import event_rows, read_dose
from hypomag.body.known import Mistake, body, causes
from hypomag.body.people import person
from hypomag.body.scenario import read
from hypomag.body.simulate import simulate

GRAM = 4.06  # mmol of magnesium in 1 g of the heptahydrate (label: 8.12 mEq)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            "magnesium sulfate 4 g over 20 min then 1 g/h for 24 h",
            [(0, 4 * GRAM, 12 * GRAM, "central", 0), (1 / 3, 24 * GRAM, GRAM, "central", 0)],
        ),
        ("MgSO4 2 g IM every 8 h for 3 doses", [(0, 2 * GRAM, 0, "depot", 2)]),
        ("8 mmol magnesium IV over 2 h", [(0, 8, 4, "central", 0)]),
        ("20 mEq magnesium IV over 1 h", [(0, 10, 10, "central", 0)]),
        ("30 mmol/d magnesium IV for 14 d", [(0, 420, 1.25, "central", 0)]),
        ("magnesium citrate 24.305 mg elemental by mouth", [(0, 1.0, 0, "stomach", 0)]),
        ("24.305 mg magnesium as citrate by mouth twice a day for 5 d", [(0, 1.0, 0, "stomach", 9)]),
    ],
)
def test_a_dose_in_words_becomes_events(words: str, expected: list) -> None:
    rows = read_dose(words)
    assert [(r["time"], r["amt"], r["rate"], r["cmt"], r["addl"]) for r in rows] == [
        pytest.approx(e)
        if not isinstance(e, tuple)
        else tuple(pytest.approx(x) if not isinstance(x, str) else x for x in e)
        for e in expected
    ]


def test_a_tablet_by_the_weight_of_its_salt_is_not_elemental_magnesium() -> None:
    """400 mg of oxide hold about 241 mg (9.9 mmol), not 400 mg (16.5 mmol)."""
    assert sum(r["amt"] for r in read_dose("magnesium oxide 400 mg by mouth")) == pytest.approx(9.9, rel=0.01)
    assert sum(r["amt"] for r in read_dose("400 mg magnesium as oxide by mouth")) == pytest.approx(16.46, rel=0.01)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("magnesium stearate 4 g IV over 1 h", "stearate"),
        ("magnesium sulfate -4 g IV over 1 h", "below zero"),
        ("magnesium sulfate -1 g/h for 4 h", "below zero"),
        ("magnesium sulfate 4 g 16 mmol IV over 1 h", "two amounts"),
        ("magnesium sulfate IV over 1 h", "no amount"),
        ("magnesium sulfate 4 g IV", "over"),
        ("magnesium sulfate 4 g", "route"),
        ("magnesium oxide 400 mg IV over 1 h", "not given IV"),
        ("magnesium sulfate 1 g/h", "for"),
        ("magnesium sulfate 2 g IM every 8 h", "how long"),
        ("magnesium sulfate 2 g IV over 9 h every 8 h for 1 d", "still run"),
        ("magnesium sulfate 4 g/kg IV over 1 h", "no amount|not understood"),
        ("magnesium sulfate 4 mcg IV over 1 h", "no amount|not understood"),
        ("magnesium sulfate 2 g IM every 8 h twice a day for 3 d", "twice"),
        ("magnesium sulfate 2 g IV over 0 min", "zero"),
        ("calcium gluconate 1 g IV over 10 min", "calcium|not given"),
    ],
)
def test_a_dose_not_understood_is_refused_in_a_sentence(words: str, part: str) -> None:
    with pytest.raises(Mistake, match=part):
        read_dose(words, where="scenario.doses[0]")


@pytest.mark.parametrize(
    ("text", "effect"),
    [
        ("diarrhoea:2L", ("stool_loss", "adds", pytest.approx(0.208))),
        ("low_diet:24.305mg", ("food_in", "sets", pytest.approx(1 / 24, rel=1e-4))),
        ("ckd:egfr=20", ("egfr", "sets", 20.0)),
        ("Omeprazole", ("ppi_level", "sets", 1.0)),
        ("gitelman", ("distal", "times", 0.65)),
    ],
)
def test_a_cause_by_name_moves_its_parameter(text: str, effect: tuple) -> None:
    assert effect in read_causes(text)[0].effects


def test_causes_add_up() -> None:
    serum = {
        text: simulate(person(), (), 24 * 30.0, text)["serum"][-1, 0]
        for text in ("ppi", "diarrhoea:2L", "ppi + diarrhoea:2L + alcohol")
    }
    assert serum["ppi + diarrhoea:2L + alcohol"] < min(serum["ppi"], serum["diarrhoea:2L"])


@pytest.mark.parametrize("name", sorted(causes()))
def test_every_cause_runs_and_moves_known_parameters(name: str) -> None:
    known = {*body()["parameters"], "egfr"}
    assert {e["parameter"] for e in causes()[name]["effects"]} <= known
    course = simulate(person(), (), 24 * 20.0, name)
    assert np.isfinite(course["serum"]).all() and (course["serum"] > 0).all()


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({}, "scenario.until"),
        ({"until": "14 parsecs"}, "scenario.until"),
        ({"until": "1 d", "patient": {}}, "scenario.patient"),
        ({"until": "1 d", "person": {"weight": -70}}, "person.weight"),
        ({"until": "1 d", "person": {"weight": "70 lb"}}, "person.weight"),
        ({"until": "1 d", "person": {"weight_lb": 150}}, "person.weight_lb"),
        ({"until": "1 d", "person": {"serum": 0.5}}, "serum_by"),
        ({"until": "1 d", "diet": {"magnesium": "300"}}, "scenario.diet.magnesium"),
        ({"until": "1 d", "diet": {"magnesium": "-3 mg/d"}}, "scenario.diet.magnesium"),
        ({"until": "1 d", "doses": [{"dose": "unobtainium 2 g IV over 1 h"}]}, r"scenario.doses\[0\]"),
        ({"until": "1 d", "doses": [{"dose": "8 mmol magnesium IV over 1 h", "at": "3 d"}]}, "ends at 24"),
        ({"until": "1 d", "events": [{"time": 0.0, "amt": 8.0, "rate": -2.0}]}, r"scenario.events\[0\].rate"),
        (
            {"until": "1 d", "events": [{"time": 0.0, "amt": 8.0, "rate": 2.0, "cmt": "stomach"}]},
            r"scenario.events\[0\].rate",
        ),
        ({"until": "1 d", "events": [{"time": 0.0, "amt": 8.0, "evid": 4}]}, r"scenario.events\[0\].*evid"),
        ({"until": "1 d", "causes": [{"cause": "ppi", "start": "5 h", "stop": "2 h"}]}, r"scenario.causes\[0\]"),
        (
            {"until": "9 d", "causes": [{"cause": "ppi", "stop": "5 d"}, {"cause": "omeprazole", "start": "4 d"}]},
            "scenario.causes",
        ),
        ({"until": "1 d", "causes": [{"cause": "ckd:egfr=20 furlongs"}]}, r"scenario.causes\[0\]"),
    ],
)
def test_a_bad_scenario_gets_a_sentence_with_its_path(given: dict, path: str) -> None:
    with pytest.raises(Mistake, match=path):
        read(given)


def test_two_causes_that_set_the_same_thing_are_refused() -> None:
    with pytest.raises(Mistake, match="both set"):
        simulate(person(), (), 24.0, "starvation + low_diet:20mg")
    with pytest.raises(Mistake, match="both set gfr"):
        simulate(person(), (), 24.0, "ckd:egfr=20 + haemodialysis")


@pytest.mark.parametrize(("egfr", "eaten"), [(80, 1.0), (37.5, 0.85 / 1.01), (17.5, 0.70 / 1.01), (7, 0.54 / 1.01)])
def test_a_failing_kidney_eats_less_as_ikizler_measured(egfr: float, eaten: float) -> None:
    """Protein eaten in the groups over 50, 25 to 50, 10 to 25 and under 10 mL/min (Ikizler 1995, abstract)."""
    told = {"until": "1 d", "causes": [{"cause": f"ckd:egfr={egfr}", "start": "always"}]}
    food = read(told).run().stretches[0].parameters["food_in"] / person().parameters["food_in"]
    assert food == pytest.approx(eaten, abs=0.03)
    assert person(egfr=egfr).parameters["food_in"] == pytest.approx(food * person().parameters["food_in"])


@pytest.mark.parametrize("causes_", ["ckd:egfr=20 + low_diet:5mmol", "low_diet:5mmol + ckd:egfr=20"])
def test_a_diet_that_is_told_is_what_is_eaten(causes_: str) -> None:
    course = simulate(person(), (), 24.0, causes_)
    assert course.stretches[0].parameters["food_in"] * 24 == pytest.approx(5.0, rel=1e-5)
    assert person(egfr=20, diet=0.5).parameters["food_in"] == pytest.approx(0.5)


def test_event_columns_are_those_of_nonmem() -> None:
    row = event_rows([{"time": 1.0, "amt": 2.0, "rate": 0.0, "cmt": "depot", "ii": 8.0, "addl": 2}])[0]
    assert list(row) == ["time", "rate", "cmt", "ii", "addl", "amt"] or set(row) == {
        "time",
        "amt",
        "rate",
        "cmt",
        "ii",
        "addl",
    }
