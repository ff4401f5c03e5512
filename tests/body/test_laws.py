"""Laws no body may break: nothing is lost, nothing goes below zero, rest stays rest, finer steps change nothing."""

import numpy as np
import pytest
from scipy.linalg import expm

from hypomag.body.kernel import POOLS
from hypomag.body.known import Mistake
from hypomag.body.people import person, virtual
from hypomag.body.rest import settled
from hypomag.body.simulate import simulate

from .wild import DOSES, edges, wild_causes, wild_people


@pytest.mark.parametrize("seed", range(25))
def test_magnesium_is_conserved_and_never_below_zero(seed: int) -> None:
    acts = wild_causes(seed)
    doses = [DOSES[seed % len(DOSES)], DOSES[(seed * 3 + 1) % len(DOSES)]]
    course = simulate(wild_people(400, seed), doses, 336.0, acts, at=edges(acts, 336.0))
    assert course.balance_error().max() < 1e-9
    for pool in POOLS:
        if pool != "elsewhere":  # a ledger: dialysis may give magnesium
            assert course[pool].min() > -1e-9, pool


def test_a_body_at_rest_stays_at_rest_for_a_year() -> None:
    course = simulate(virtual(300, 5), (), 8760.0, at=np.array([0.0, 8760.0]))
    for name in (
        "serum",
        "exchangeable",
        "slow",
        "crystal",
        "cell",
        "calcium",
        "pth",
        "calcitriol",
        "plasma_potassium",
        "cell_potassium",
    ):
        assert np.abs(course[name][-1] / course[name][0] - 1).max() < 1e-4, name


def test_rest_is_what_a_long_run_arrives_at() -> None:
    """Independent of the search for rest: start far off and wait 60 years."""
    start = simulate(person(), (), 1.0, at=np.array([0.0, 1.0])).kept[0] * 0.7
    long = simulate(person(), (), 60 * 8766.0, at=np.array([60 * 8766.0]), start=start)
    rest = simulate(person(), (), 1.0, at=np.array([0.0]))
    for name in ("serum", "calcium", "plasma_potassium", "calcitriol", "urine_rate"):
        assert long[name][-1] == pytest.approx(rest[name][0], rel=2e-3), name


@pytest.mark.parametrize("seed", range(6))
def test_halving_fine_steps_changes_less_than_a_millionth(seed: int) -> None:
    acts, at = wild_causes(seed), edges(wild_causes(seed), 168.0)
    people, dose = wild_people(40, seed), DOSES[seed]
    fine = simulate(people, dose, 168.0, acts, at=at, accuracy=16.0)
    finer = simulate(people, dose, 168.0, acts, at=at, accuracy=32.0)
    assert np.abs(finer["serum"] / fine["serum"] - 1).max() < 1e-6


@pytest.mark.parametrize("seed", range(10))
def test_the_usual_steps_are_fine_enough(seed: int) -> None:
    acts, at = wild_causes(seed), edges(wild_causes(seed), 336.0)
    people, dose = wild_people(100, seed), DOSES[seed]
    usual = simulate(people, dose, 336.0, acts, at=at)
    fine = simulate(people, dose, 336.0, acts, at=at, accuracy=8.0)
    assert np.abs(usual["serum"] / fine["serum"] - 1).max() < 1e-3


def linear_person():
    """Everything off but two pools and a kidney that clears a fixed volume: a two-compartment model."""
    return person().change(
        food_in=0,
        endogenous_faecal=1e-12,
        q_exchangeable=0,
        k_slow=1e-15,
        slow_usual=1e-12,
        bone_turnover=1e-15,
        tubule_leak=0,
        tm_usual=1e-12,
        splay=1e-12,
        serum_usual=0.8,
    )


def test_two_compartments_match_their_closed_form() -> None:
    people = linear_person()
    p = {k: float(v[0]) for k, v in people.parameters.items()}
    at = np.linspace(0.0, 12.0, 25)
    start = np.zeros((len(POOLS), 1))
    for pool in ("cell", "response", "calcitriol", "calcium", "potassium", "cell_potassium"):
        start[POOLS.index(pool)] = 1.0
    course = simulate(people, [{"amt": 10.0, "time": 0.0, "cmt": "central"}], 12.0, at=at, start=start, accuracy=64.0)
    k10, k12, k21 = p["gfr"] * p["free_share"] / p["v_central"], p["q_fast"] / p["v_central"], p["q_fast"] / p["v_fast"]
    rates = np.array([[-k10 - k12, k21], [k12, -k21]])
    expected = np.array([expm(rates * t) @ [10.0, 0.0] for t in at[1:]])
    assert np.abs(course["central"][1:, 0] / expected[:, 0] - 1).max() < 1e-8
    assert np.abs(course["fast"][1:, 0] / expected[:, 1] - 1).max() < 1e-8


def test_dose_is_linear_where_the_body_is() -> None:
    start = np.zeros((len(POOLS), 1))
    for pool in ("cell", "response", "calcitriol", "calcium", "potassium", "cell_potassium"):
        start[POOLS.index(pool)] = 1.0
    one, three = (
        simulate(linear_person(), [{"amt": a, "rate": a / 2, "time": 1.0}], 24.0, start=start)["central"][-1, 0]
        for a in (5.0, 15.0)
    )
    assert three == pytest.approx(3 * one, rel=1e-9)


def test_running_on_from_the_end_is_the_same_as_running_through() -> None:
    """The closed loop: from lab to lab with the state carried."""
    people, doses = settled(virtual(20, 2)), "magnesium sulfate 4 g IV over 4 h every 24 h for 4 d"
    whole = simulate(people, doses, 96.0, at=np.array([96.0]), accuracy=4.0)
    state = None
    for day in range(4):
        part = simulate(
            people,
            doses,
            24.0 * (day + 1),
            begin=24.0 * day,
            start=state,
            at=np.array([24.0 * (day + 1)]),
            accuracy=4.0,
        )
        state = part.end
    assert part["serum"][-1] == pytest.approx(whole["serum"][-1], rel=1e-6)


def test_each_lane_gets_its_own_dose() -> None:
    people = virtual(37, 4)
    amounts = np.linspace(0.0, 40.0, 37)
    course = simulate(people, [{"amt": amounts, "rate": amounts / 2, "time": 3.0}], 24.0, at=np.array([0.0, 24.0]))
    assert course.balance_error().max() < 1e-9
    alone = simulate(people, [{"amt": amounts[20], "rate": amounts[20] / 2, "time": 3.0}], 24.0, at=np.array([24.0]))
    assert course["serum"][-1, 20] == pytest.approx(alone["serum"][-1, 20], rel=1e-12)


def test_people_in_chunks_are_people_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    from hypomag.body import simulate as engine

    people, dose = (
        virtual(100, 9),
        [{"amt": np.linspace(1.0, 9.0, 100), "rate": np.linspace(1.0, 9.0, 100) / 4, "time": 1.0}],
    )
    whole = simulate(people, dose, 24.0)["serum"]
    monkeypatch.setattr(engine, "CHUNK", 33)
    assert np.abs(simulate(people, dose, 24.0)["serum"] / whole - 1).max() < 1e-12


def test_lanes_that_would_run_for_different_times_are_refused() -> None:
    with pytest.raises(Mistake, match="different times"):
        simulate(virtual(3), [{"amt": np.array([1.0, 2.0, 3.0]), "rate": 1.0, "time": 0.0}], 24.0)
