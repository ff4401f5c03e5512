"""A forecast of one patient: what must hold for every patient and plan, and what is refused."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from hypomag import check
from hypomag.body import ahead
from hypomag.body.draws import WAYS, draw
from hypomag.body.known import Mistake, forecasting
from hypomag.body.past import Lab, lived, still_running
from hypomag.forecast import forecast, likely
from hypomag.forecast.search import candidates, searched
from hypomag.record import Refused
from hypomag.write import forecast_text
from tests.forecast.people import form

N = 400
EVERY = dict.fromkeys(WAYS, 1.0)
WHO = {"weight": 70.0, "egfr": 75.0, "age": 58.0}
FOUR_GRAMS = "magnesium sulfate 4 g IV over 4 h every 24 h for 3 d"


@pytest.mark.parametrize("way", [w for w in WAYS if w != "redistribution"])
def test_a_draw_holds_the_measured_level_by_its_own_failing_step(way: str) -> None:
    """The level is where the draws stand and stay for a day; a mere shift is the exception, it passes."""
    drawn = draw(WHO, 0.5, {way: 1.0}, N)
    kept = drawn.weight > 0
    course = ahead.run(drawn, [], 24.0)
    start, end = course["serum"][0][kept], course["serum"][-1][kept]
    assert set(drawn.way[kept]) == {WAYS.index(way)}
    assert np.median(start) == pytest.approx(0.5, rel=0.03)
    assert np.median(np.abs(np.log(end / start))) < 0.05


def test_a_shift_leaves_the_stores_full_and_passes() -> None:
    drawn = draw(WHO, 0.5, {"redistribution": 1.0}, N)
    course = ahead.run(drawn, [], 96.0)
    full = ahead.exchangeable_full(drawn)
    assert np.median(ahead.deficit(course, drawn)[0] / full) < 0.05
    assert np.median(course["serum"][-1]) > 0.7


def test_urine_tells_the_kidney_from_the_gut() -> None:
    """Almost none in a day's urine: the kidney saves it, so the kidney is not what fails; much: it is."""
    drawn = draw(WHO, 0.45, {"renal_loss": 1.0, "absorption": 1.0}, N)
    renal = WAYS.index("renal_loss")
    low = lived(drawn, [Lab(0.0, "urine", 0.3)], [], 0.0, 0.0)
    high = lived(drawn, [Lab(0.0, "urine", 4.0)], [], 0.0, 0.0)
    assert np.mean(low.way == renal) < 0.1
    assert np.mean(high.way == renal) > 0.9


def test_more_magnesium_never_gives_a_lower_level_in_any_body() -> None:
    mine = likely(form(), draws=N)
    rows = [{"time": 0.0, "amt": 8.0, "rate": 4.0, "cmt": "central", "ii": 24.0, "addl": 2}]
    more = [{**rows[0], "amt": 16.0, "rate": 8.0}]
    low, high = mine.course(rows, 120.0)["serum"], mine.course(more, 120.0)["serum"]
    assert (high >= low - 1e-9).all()


def test_a_kidney_that_is_not_known_is_drawn_from_wide() -> None:
    """The filtration spreads more, and with it what a dose leaves behind; the middle is a guess, never a normal kidney's."""
    known, unknown = (draw(who, 0.65, {"intake": 1.0}, 1500) for who in (WHO, {"weight": 70.0, "age": 58.0}))
    gfr = [np.std(np.log(d.parameters["gfr"])) for d in (known, unknown)]
    assert gfr[1] > 1.5 * gfr[0]
    rows = [{"time": 0.0, "amt": 40.0, "rate": 5.0, "cmt": "central", "ii": 0.0, "addl": 0}]
    at = np.array([0.0, 24.0])
    spread = [np.std(np.log(ahead.run(d, rows, 24.0, at=at)["serum"][-1])) for d in (known, unknown)]
    assert spread[1] > 1.1 * spread[0]


def test_every_share_adds_up() -> None:
    told = forecast(form(), [FOUR_GRAMS], draws=N, stop=True)
    assert sum(step["after"] for step in told["steps"].values()) == pytest.approx(1)
    for plan in told["plans"]:
        assert (np.diff(plan["serum"], axis=0) >= 0).all() and (np.diff(plan["deficit"], axis=0) >= 0).all()
        assert plan["chance_in_range_at_end"] + plan["chance_low_at_end"] + plan[
            "chance_above_range_at_end"
        ] == pytest.approx(1)
    given = told["plans"][1]["dose"]
    assert given["given"] == pytest.approx(3 * 4 * 4.06)
    assert sum(given[k] for k in ("urine", "gut", "elsewhere", "kept")) == pytest.approx(given["given"])
    assert given["urine"] > given["gut"] > 0 and given["kept"] > 0 and 0 <= given["elsewhere"] < 1
    (line,) = re.findall(r"of (\d+) mmol given,[^:]*:\s+urine\s+(\d+), gut (\d+), elsewhere (\d+),\s+kept (\d+)",
                         " ".join(forecast_text.write({**told, "plans": told["plans"][1:2]}).split()))  # fmt: skip
    assert int(line[0]) == sum(int(part) for part in line[1:])


def test_what_is_running_already_is_not_what_a_plan_gives() -> None:
    taken = [
        {"name": "magnesium sulfate", "dose": "4 g", "route": "IV", "kind": "given", "since": "2026-11-22T07:30:00Z"}
    ]
    mine = likely(form(medications=taken), draws=N)
    assert still_running(mine.patient.doses)
    assert mine.run([FOUR_GRAMS])["plans"][1]["dose"]["given"] == pytest.approx(3 * 4 * 4.06)


def test_stopping_the_cause_fills_what_treatment_alone_does_not() -> None:
    plans = forecast(form(), [], draws=N, stop=True)["plans"]
    assert plans[1]["cause_stopped"] and not plans[0]["cause_stopped"]
    assert plans[1]["chance_in_range_at_end"] > plans[0]["chance_in_range_at_end"] + 0.3


def test_equal_seed_equal_answer() -> None:
    first, second = (forecast(form(), [FOUR_GRAMS], draws=N, seed=5) for _ in range(2))
    assert (first["plans"][1]["serum"] == second["plans"][1]["serum"]).all()


def test_a_dose_without_an_amount_is_named_not_guessed() -> None:
    taken = [{"name": "magnesium oxide", "since": "2026-11-21", "frequency": "daily"}]
    assumed = forecast(form(medications=taken), draws=N)["assumed"]
    assert any("without an amount" in text for text in assumed)


def test_a_known_dose_is_lived_through() -> None:
    """The same levels after 6 g: a body that stands no higher after so much loses it, so less is likely to be kept."""
    dose = {"name": "magnesium sulfate", "dose": "6 g", "route": "IV", "kind": "given"}
    dose |= {"since": "2026-11-20T09:00:00Z", "until": "2026-11-20T15:00:00Z"}
    mine = likely(form(medications=[dose]), draws=N)
    assert [round(row["amt"], 2) for row in mine.patient.doses] == [6 * 4.06]
    assert mine.patient.doses[0]["time"] == pytest.approx(-47.0)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"labs__magnesium": None}, "no serum magnesium"),
        ({"patient__age": None}, "age is not known"),
        ({"patient__age": "4 y"}, "under 18"),
        ({"labs__magnesium": {"value": "1.2 mg/dL", "time": "2026-01-02"}}, "days old"),
    ],
)
def test_what_cannot_be_forecast_is_refused_in_a_sentence(changes: dict, says: str) -> None:
    with pytest.raises(Refused, match=says):
        forecast(form(**changes), draws=N)


def test_a_plan_that_cannot_be_read_names_the_options() -> None:
    with pytest.raises(Mistake, match=r"plan\[0\].*Or name an option"):
        forecast(form(), ["two spoons of something"], draws=N)


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        ("magnesium sulfate 4 g IV over 1 h", "an hour by vein"),
        ("magnesium sulfate 10 g IV over 6 h every 12 h for 4 doses", "in 24 hours"),
        ("magnesium citrate 800 mg elemental by mouth daily for 3 d", "by mouth in a day"),
    ],
)
def test_a_plan_beyond_a_ceiling_says_so(plan: str, says: str) -> None:
    found = forecast(form(), [plan], draws=N, until=96.0)["plans"][1]["beyond"]
    assert any(says in fault for fault in found)


def test_what_speaks_against_magnesium_is_said_beside_every_plan() -> None:
    """A sign that stops it, and a level that is not low: the forecast runs, and says so."""
    stopped = forecast(form(symptoms=["tendon reflexes absent"]), [FOUR_GRAMS], draws=N, until=48.0)
    assert any("reflexes" in fault.lower() for fault in stopped["plans"][1]["beyond"])
    normal = forecast(form(labs__magnesium="2.0 mg/dL"), [FOUR_GRAMS], draws=N, until=48.0)
    assert any("the level is normal" in fault for fault in normal["plans"][1]["beyond"])


def test_an_infusion_that_still_runs_goes_on() -> None:
    """8 mmol over 8 h, begun 2 h ago: 6 are still to come, under every plan and under none."""
    rows = [{"time": -2.0, "amt": 8.0, "rate": 1.0, "cmt": "central", "ii": 0.0, "addl": 0}]
    assert [(r["time"], float(r["amt"]), r["rate"]) for r in still_running(rows)] == [(0.0, 6.0, 1.0)]
    assert still_running([{**rows[0], "time": -9.0}]) == []


def test_the_search_offers_only_what_the_ceilings_allow_and_keeps_the_risk() -> None:
    mine = likely(form(), draws=N)
    options = mine.patient.answer["treatment"]["options"]
    plans = candidates(options, 336.0, mine.patient.egfr)
    assert plans and all(check.course(plan.rows, mine.patient.egfr) == [] for plan in plans)
    found = searched(mine, 168.0)
    assert [row["cost"] for row in found["tried"]] == sorted(row["cost"] for row in found["tried"])
    if found["plan"]:
        assert found["chance_above_safety"] <= forecasting()["goal"]["risk"]["value"]


def test_by_mouth_comes_before_by_needle_where_both_reach_it() -> None:
    mine = likely(form(labs__magnesium="1.6 mg/dL", medications=["furosemide 40 mg daily since 2019"]), draws=N)
    found = searched(mine)
    if found["plan"]:
        first_good = next(row for row in found["tried"] if row["chance"] >= found["reached"])
        assert found["plan"] == first_good["plan"]


def test_it_runs_without_numba(tmp_path: object) -> None:
    code = (
        "from tests.forecast.people import form; from hypomag.forecast import forecast; "
        "told = forecast(form(), [], draws=100, until=24.0); print(float(told['plans'][0]['serum'][2][-1]))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "HYPOMAG_NO_NUMBA": "1"},
    )
    fast = forecast(form(), [], draws=100, until=24.0)["plans"][0]["serum"][2][-1]
    assert float(run.stdout) == pytest.approx(float(fast), rel=1e-6)


def test_the_command_line_gives_json_and_text(tmp_path) -> None:  # type: ignore[no-untyped-def]
    from typer.testing import CliRunner

    from hypomag.__main__ import app

    path = tmp_path / "form.json"
    path.write_text(json.dumps({"as_of": "2026-11-22", "patient": {"age": "58 y"}, "labs": {"magnesium": "1.2 mg/dL"}}))
    asked = ["forecast", str(path), "--draws", "200", "--until", "2 d"]
    told = json.loads(CliRunner().invoke(app, [*asked, "--json"]).stdout)
    assert len(told["plans"][0]["serum"][0]) == 49 and told["note"]
    text = CliRunner().invoke(app, [*asked, "--unit", "mmol/L"]).stdout
    assert "not a medical device" in text.replace("\n", " ") and "kidney function not known" in text
    refused = CliRunner().invoke(app, ["forecast", str(path), "--plan", "nonsense"])
    assert refused.exit_code == 2 and "plan[0]" in refused.stderr
