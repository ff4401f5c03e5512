"""The rules of judging, the split, and the scoreboard's promises."""

import numpy as np
import pytest

from hypomag.body import validate
from hypomag.body.known import Mistake, body
from hypomag.body.scenario import read


def row(value: float, **more: object) -> dict:
    return {"value": value, **more}


@pytest.mark.parametrize(
    ("given", "simulated", "before", "expected"),
    [
        (row(1.0, sd=0.1), 1.19, None, True),
        (row(1.0, sd=0.1), 1.21, None, False),
        (row(1.0), 1.19, None, True),
        (row(1.0), 0.79, None, False),
        (row(1.0), float("nan"), None, False),
        (row(10.0, bound="upper"), 3.0, None, True),
        (row(10.0, bound="lower"), 3.0, None, False),
        (row(0.04, form="difference"), 0.021, None, True),
        (row(0.04, form="difference"), -0.04, None, False),
        (row(0.04, form="difference", sd=0.005), 0.021, None, False),
        (row(0.6, sd=0.2, baseline=0.8), 0.8, 0.8, False),  # inside the interval, but nothing moved
        (row(0.6, sd=0.2, baseline=0.8), 0.65, 0.8, True),
        (row(0.6, sd=0.2, baseline=0.8), 0.72, 0.8, False),  # moved by less than half
        (row(0.79, sd=0.2, baseline=0.8), 0.8, 0.8, True),  # too small a change to ask for
    ],
)
def test_a_value_is_judged_as_the_page_says(
    given: dict, simulated: float, before: float | None, expected: bool
) -> None:
    assert validate.inside(given, simulated, before) is expected


def test_every_published_value_is_classed_once_and_a_third_is_never_fitted() -> None:
    rows = [(case["split"], r) for _, case in validate.cases() for r in case["observed"]]
    ids = [r["id"] for _, r in rows]
    assert len(ids) == len(set(ids)) == 141 + 4  # four were added, only to be fitted, after the split was drawn
    assert {r["class"] for _, r in rows} == {"input", "output", "unusable"}
    assert all("why" in r for _, r in rows if r["class"] == "unusable")
    seen = {
        s: {
            name
            for name, c in validate.cases()
            if c["split"] == s and any(r["class"] == "output" and r["standing"] == "seen" for r in c["observed"])
        }
        for s in ("fit", "never fitted")
    }
    assert len(seen["never fitted"]) >= (len(seen["fit"]) + len(seen["never fitted"])) / 3


def test_every_parameter_lies_in_its_range_and_names_its_source() -> None:
    for name, p in body()["parameters"].items():
        assert p["low"] <= p["value"] <= p["high"], name
        assert p["source"] and p["meaning"] and p["unit"] and p["standing"] in ("seen", "judgement", "recall"), name


def test_staying_at_baseline_is_judged_by_the_same_rules() -> None:
    scores = {s.row["id"]: s for s in validate.scores(splits=("fit",))}
    assert scores["MG082"].baseline == pytest.approx(0.80, rel=1e-6)  # the given starting serum, three weeks later
    assert not scores["MG082"].baseline_inside
    assert scores["MG082"].inside


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("until = ", "not TOML"),
        ('split = "training"', "split is 'training'"),
        ('[arms.a]\nuntil = "1 d"\n[[observed]]\nmeasure = "serum"', "value is missing"),
        ('[arms.a]\nuntil = "1 d"\n[[observed]]\nmeasure = "serun"\nvalue = 1.0', "measure is 'serun'"),
        ('[arms.a]\nuntil = "1 d"\n[[observed]]\nmeasure = "serum"\narm = "b"\nvalue = 1.0', "arm is 'b'"),
    ],
)
def test_a_case_file_that_cannot_be_judged_is_refused_with_its_path(tmp_path, text: str, part: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(Mistake, match=part):
        validate.scores(tmp_path)


def test_somebody_elses_experiment_runs_from_its_folder(tmp_path) -> None:
    (tmp_path / "mine.toml").write_text(
        'title = "mine"\n[arms.load]\nuntil = "24 h"\n[[arms.load.doses]]\n'
        'dose = "magnesium sulfate 2 g IV over 1 h"\nat = "0 h"\n'
        '[[observed]]\nmeasure = "serum"\nhour = 1.0\nvalue = 1.27\nbaseline = 0.82\n'
    )
    [score] = validate.scores(tmp_path)
    assert score.scored and score.split == "never fitted" and not score.baseline_inside


def test_the_scoreboard_does_not_get_worse() -> None:
    """What docs/trust/body-scoreboard.md reports; raise the numbers when the body gets better, never lower them."""
    table = {name: (values, inside, still) for name, values, inside, still in validate.summary(validate.scores())}
    values, inside, still = table["never fitted"]
    assert values == 40 and inside >= 31
    assert (inside - still) / values >= 0.25
    assert table["all"][0] == 79 and table["all"][1] >= 67


def test_a_mean_over_a_day_of_a_long_run_sees_its_doses() -> None:
    """Long runs are kept a day apart; the mean of their last day is that of the same body looked at each half hour."""
    dose = {"dose": "182 mg magnesium as citrate by mouth every 24 h for 90 doses", "at": "0 h"}
    arm = {"until": "90 d", "person": {}, "doses": [dose]}
    row = {"id": "mine", "class": "output", "standing": "seen", "measure": "serum", "value": 0.85}
    mean = row | {"start": 2136.0, "hour": 2160.0}
    [score] = validate.score_case("mine", {"split": "never fitted", "arms": {"tablets": arm}, "observed": [mean]})
    at = np.arange(2136.0, 2160.1, 0.5)
    serum = read(arm, "mine").run(at=np.concatenate([[0.0], at]))["serum"][1:, 0]
    assert score.simulated == pytest.approx(np.trapezoid(serum, at) / 24, rel=1e-6)
    assert score.simulated > serum[0] * 1.005
