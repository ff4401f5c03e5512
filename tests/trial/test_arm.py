"""A hospital's own file as an arm of a trial: what it says is followed, what it leaves open is said."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from hypomag.__main__ import app
from hypomag.body.known import Mistake
from hypomag.body.protocol import Protocol, find, protocol, read_protocol
from hypomag.protocol import named
from hypomag.trial.arm import arm, as_trial

HEAD = "protocol,band,name,action,source,route"
GRAM = 4.06  # mmol in a gram of the heptahydrate
PATIENT = """
as_of = "2026-11-22"
[patient]
age = "58 y"
[labs]
magnesium = "1.1 mg/dL"
creatinine = "0.9 mg/dL"
"""
HOWTO = (Path(__file__).parents[2] / "docs" / "how-to" / "protocol.md").read_text("utf-8")


def written(folder: Path, columns: str, *rows: str) -> Protocol:
    """The arm of a file with these columns and rows beside those that every file has."""
    route = {"hours": "iv", "rate_g_per_h": "iv", "mmol_day": "po"}
    way = next((way for column, way in route.items() if column in columns.split(",")), "im")
    lines = [f"{HEAD},{columns}", *(f"ours,{n},Ours,as said,us,{way},{row}" for n, row in enumerate(rows, 1))]
    file = folder / "ours.csv"
    file.write_text("\n".join(lines), "utf-8")
    return arm(file)


def test_the_file_of_the_how_to_is_followed_as_it_stands(tmp_path: Path) -> None:
    """4 g over 4 h twice, 12 h apart, under 0.5; 20 mmol a day in two doses from 0.5 to 0.7; half under eGFR 45."""
    text = re.search(r"```csv\n(.*?)```", HOWTO, re.S)
    assert text
    (tmp_path / "ours.csv").write_text(text[1], "utf-8")
    ours = arm(tmp_path / "ours.csv")
    vein, mouth = ours.bands
    assert (ours.name, ours.source) == ("Our hospital", "Medicines committee guideline 12")
    assert [(band.low, band.high, band.recheck) for band in ours.bands] == [(0.0, 0.5, 24.0), (0.5, 0.7, 24.0)]
    assert [(d.after, d.runs, d.pool) for d in vein.doses] == [(0.0, 4.0, "central"), (12.0, 4.0, "central")]
    assert [d.amount for d in vein.doses] == pytest.approx([4 * GRAM] * 2)
    assert [(d.after, d.amount, d.pool) for d in mouth.doses] == [(0.0, 10.0, "stomach"), (12.0, 10.0, "stomach")]
    assert vein.kidney.share(np.array([14.0, 15.0, 44.0, 45.0])).tolist() == [0.0, 0.5, 0.5, 1.0]
    said = " ".join(ours.assumed)
    assert "larger amount" in said and "refeeding, heart block" in said and "nothing below eGFR 15" in said


@pytest.mark.parametrize("name", ["nhs_highland", "nhs_2016", "embeds"])
def test_the_rows_of_a_published_protocol_and_its_trial_are_one(name: str) -> None:
    """They were typed twice; 20 mmol and 5 g are one dose (1 %)."""
    asked = named(name)
    assert asked
    rows, trial = as_trial(asked), read_protocol(find(name, "protocols"))
    ours = protocol(rows)
    assert (ours.every, ours.delay) == (trial.every, trial.delay)
    for mine, theirs in zip(ours.bands, trial.bands, strict=True):
        assert (mine.low, mine.high, mine.recheck, mine.kidney) == (
            theirs.low, theirs.high, theirs.recheck, theirs.kidney
        )  # fmt: skip
        assert [(d.after, d.runs, d.pool) for d in mine.doses] == [(d.after, d.runs, d.pool) for d in theirs.doses]
        assert [d.amount for d in mine.doses] == pytest.approx([d.amount for d in theirs.doses], rel=0.02)


def test_levels_in_mg_dl_and_a_level_that_is_still_in(tmp_path: Path) -> None:
    (band,) = written(tmp_path, "from_mg_dl,below_mg_dl,grams,hours", "1.0,1.6,2,2").bands
    assert (band.low, band.high) == pytest.approx((1.0 / 2.4305, 1.6 / 2.4305))
    (band,) = written(tmp_path, "at_most_mmol_l,grams,hours", "0.4,2,2").bands
    assert band.low <= 0.4 < band.high < 0.4002


def test_a_rate_tells_how_long_a_dose_runs_and_the_muscle_needs_no_time(tmp_path: Path) -> None:
    (band,) = written(tmp_path, "below_mmol_l,grams,rate_g_per_h", "0.5,3,1.5").bands
    assert [(d.amount, d.runs) for d in band.doses] == [(pytest.approx(3 * GRAM), 2.0)]
    (band,) = written(tmp_path, "below_mmol_l,grams,doses,interval_hours", "0.5,1,4,6").bands
    assert [(d.after, d.pool) for d in band.doses] == [(0, "depot"), (6, "depot"), (12, "depot"), (18, "depot")]


def test_a_band_by_weight_holds_whom_it_is_for(tmp_path: Path) -> None:
    columns = "below_mmol_l,weight_from_kg,weight_below_kg,grams,hours"
    ours = written(tmp_path, columns, "0.7,,50,2,2", "0.7,50,,4,4")
    assert ours.band(np.full(3, 0.6), np.array([49.9, 50.0, 120.0])).tolist() == [0, 1, 1]
    assert all(band.by_weight for band in ours.bands)


def test_the_next_level_comes_after_the_course_and_tablets_go_on_until_then(tmp_path: Path) -> None:
    (band,) = written(tmp_path, "below_mmol_l,grams,hours,doses,interval_hours", "0.5,2,2,3,12").bands
    assert band.recheck == 48.0  # 2 h to the dose, the last 24 h later, over in 2 h: past the first round
    (band,) = written(tmp_path, "below_mmol_l,mmol_day,recheck_hours", "0.7,15,60").bands
    assert band.recheck == 72.0 and len(band.doses) == 9 and sum(d.amount for d in band.doses) == pytest.approx(45)


def test_what_virtual_people_do_not_have_is_said(tmp_path: Path) -> None:
    ours = written(
        tmp_path, "below_mmol_l,grams,hours,cardiac_only,or_symptoms,exclude_egfr_below,course_max_g",
        "0.5,2,2,,1,20,10", "0.9,2,2,1,,,",
    )  # fmt: skip
    assert len(ours.bands) == 1 and ours.bands[0].kidney.none_below == 20.0
    said = " ".join(ours.assumed)
    assert all(word in said for word in ("symptomatic", "heart at risk", "not tried: course_max_g", "eGFR 20"))


def test_what_cannot_be_followed_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=r"ours[.]csv, band 1: has no upper level"):
        written(tmp_path, "severity,grams,hours", "mild,2,2")
    with pytest.raises(Mistake, match=r"ours[.]csv line 2, field grams: makes 5 g an hour"):
        written(tmp_path, "below_mmol_l,grams,hours", "0.5,5,1")
    with pytest.raises(Mistake, match=r"ours[.]csv.*would still run when the next starts"):
        written(tmp_path, "below_mmol_l,grams,hours,doses,interval_hours", "0.5,4,6,2,4")
    with pytest.raises(Mistake, match=r"none[.]csv cannot be read"):
        arm(tmp_path / "none.csv")


def test_both_commands_take_the_file(tmp_path: Path) -> None:
    written(tmp_path, "below_mmol_l,grams,hours", "0.7,2,2")
    command = ["trial", str(tmp_path / "ours.csv"), "nothing", "-n", "100", "--json", "--quiet"]
    told = json.loads(CliRunner().invoke(app, command).stdout)
    assert [p["name"] for p in told["protocols"]] == ["Ours", "Nothing given"]
    bad = CliRunner().invoke(app, ["trial", str(tmp_path / "gone.csv"), "-n", "10", "--quiet"])
    assert bad.exit_code == 2 and "gone.csv" in bad.output
    (tmp_path / "p.toml").write_text(PATIENT, "utf-8")
    one = ["forecast", str(tmp_path / "p.toml"), "--protocol", str(tmp_path / "ours.csv"), "--draws", "100"]
    plans = json.loads(CliRunner().invoke(app, [*one, "--until", "2 d", "--json"]).stdout)["plans"]
    assert plans[1]["plan"] == "Ours" and plans[1]["followed"]["doses"] > 0
