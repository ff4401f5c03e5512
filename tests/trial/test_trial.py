"""A trial: bands, orders and tallies against plain counts, and the same answer from the same seed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from hypomag import knowledge
from hypomag.__main__ import app
from hypomag.body.known import Mistake
from hypomag.body.loop import Conduct, follow
from hypomag.body.protocol import find, protocol, read_protocol, supplied
from hypomag.body.ward import admitted, read_ward, ward
from hypomag.trial import run
from hypomag.trial.run import followed, trial, value
from hypomag.trial.tally import Tally

LIMITS = (0.7, 1.0, 2.0)
PLACE = {
    "days": 3,
    "level": {"low": 0.4, "high": 0.69},
    "kidney": [{"share": 1, "egfr": [60, 100]}, {"share": 1, "egfr": [16, 29]}],
}
GRAM = 4.06
TWO_GRAMS = {"name": "two", "bands": [{"below": 0.7, "dose": "magnesium sulfate 2 g IV over 2 h"}]}


def people(n: int = 64, **changes: object):  # type: ignore[no-untyped-def]
    place = ward(PLACE | changes)
    return place, admitted(place, n, (3, 0))


def test_a_band_is_half_open() -> None:
    rows = [
        {"below": 0.5, "dose": "8 mmol magnesium IV over 2 h"},
        {"from": 0.5, "below": 0.7, "dose": "8 mmol magnesium by mouth"},
    ]
    read = protocol({"bands": rows})
    levels = np.array([0.0, 0.499, 0.5, 0.699, 0.7, 2.0])
    assert read.band(levels, np.full(6, 70.0)).tolist() == [0, 0, 1, 1, -1, -1]


def test_a_unit_is_turned_into_mmol_per_litre() -> None:
    read = protocol({"unit": "mEq/L", "bands": [{"from": 1.0, "below": 1.4, "dose": "8 mmol magnesium IV over 2 h"}]})
    assert (read.bands[0].low, read.bands[0].high) == (0.5, 0.7)


def test_the_kidney_takes_its_share_away() -> None:
    read = protocol(TWO_GRAMS | {"kidney": {"egfr_below": 30, "factor": 0.5, "none_below": 15}})
    assert read.bands[0].kidney.share(np.array([14.9, 15.0, 29.9, 30.0, 90.0])).tolist() == [0.0, 0.5, 0.5, 1.0, 1.0]


def test_the_first_round_gives_what_the_band_says() -> None:
    """All are printed below 0.7, so everybody gets 2 g, half of it with the failing kidney; one day, one level, one dose."""
    place, who = people(days=1)
    half = protocol(TWO_GRAMS | {"kidney": {"egfr_below": 30, "factor": 0.5}})
    got = follow(who.draws, half, 24.0, LIMITS, who.egfr, who.weight, Conduct(0.0), (1,), (), who.printed)
    assert got.outcomes["mmol"] == pytest.approx(np.where(who.egfr < 30, GRAM, 2 * GRAM))
    assert (
        set(got.outcomes["labs"]) == {1} and set(got.outcomes["doses"]) == {1} and set(got.outcomes["iv_share"]) == {1}
    )
    assert place.classes == ["eGFR 60 to 100", "eGFR 16 to 29"]


def test_a_dose_by_weight_is_times_the_weight() -> None:
    _, who = people(days=1, weight={"mean": 80, "cv": 0.2})
    read = protocol({"bands": [{"below": 0.7, "dose_per_kg": "0.25 mmol magnesium IV over 8 h"}]})
    got = follow(who.draws, read, 24.0, LIMITS, who.egfr, who.weight, Conduct(0.0), (1,), (), who.printed)
    assert got.outcomes["mmol"] == pytest.approx(0.25 * who.weight)


def test_what_is_missed_is_not_given() -> None:
    _, who = people()
    args = (72.0, LIMITS, who.egfr, who.weight)
    none = follow(who.draws, protocol(TWO_GRAMS), *args, Conduct(0.0, missed=1.0), (1,), (), who.printed)
    assert not none.outcomes["mmol"].any() and not none.outcomes["doses"].any()
    some = follow(who.draws, protocol(TWO_GRAMS), *args, Conduct(0.0, missed=0.5), (1,), (), who.printed)
    every = follow(who.draws, protocol(TWO_GRAMS), *args, Conduct(0.0), (1,), (), who.printed)
    assert 0 < some.outcomes["mmol"].sum() < every.outcomes["mmol"].sum()


def test_a_late_result_is_ordered_for_a_round_later() -> None:
    _, who = people()
    late = follow(
        who.draws,
        protocol(TWO_GRAMS),
        24.0,
        LIMITS,
        who.egfr,
        who.weight,
        Conduct(0.0, late=1.0),
        (1,),
        (),
        who.printed,
    )
    assert set(late.outcomes["labs"]) == {1} and not late.outcomes["mmol"].any()
    later = follow(
        who.draws,
        protocol(TWO_GRAMS),
        48.0,
        LIMITS,
        who.egfr,
        who.weight,
        Conduct(0.0, late=1.0),
        (1,),
        (),
        who.printed,
    )
    assert later.outcomes["mmol"] == pytest.approx(2 * GRAM)


def test_a_course_goes_on_through_the_rounds() -> None:
    """Three doses 12 h apart from one order, looked at again only after two days."""
    rows = [{"below": 0.7, "dose": "8 mmol magnesium IV over 3 h every 12 h for 3 doses", "recheck": "48 h"}]
    _, who = people()
    got = follow(
        who.draws, protocol({"bands": rows}), 48.0, LIMITS, who.egfr, who.weight, Conduct(0.0), (1,), (), who.printed
    )
    assert set(got.outcomes["labs"]) == {1} and set(got.outcomes["doses"]) == {3}
    assert got.outcomes["mmol"] == pytest.approx(24.0)
    missed = Conduct(0.0, missed=1.0)
    nothing = follow(who.draws, protocol(TWO_GRAMS), 48.0, LIMITS, who.egfr, who.weight, missed, (1,), (), who.printed)
    body = sum(got.draws.pools[:12]) - sum(nothing.draws.pools[:12])  # every pool and ledger of magnesium
    assert body == pytest.approx(24.0, rel=1e-6)


def test_the_printed_level_is_what_the_ward_says() -> None:
    place, who = people(400)
    assert who.printed.min() >= 0.4 and who.printed.max() <= 0.69
    serum = who.draws.pools[4] / who.draws.parameters["v_central"]
    assert np.std(np.log(serum / who.printed)) == pytest.approx(0.05, abs=0.01)
    assert np.mean(who.kidney == 0) == pytest.approx(0.5, abs=0.1)
    assert all(place.kidney[k][1] <= e <= place.kidney[k][2] for k, e in zip(who.kidney, who.egfr, strict=True))


def test_a_tally_of_chunks_is_the_tally_of_all() -> None:
    """Sums by chunk against means, spreads and paired differences of the whole in plain numpy."""
    place, who = people(120)
    two = [
        followed(protocol(TWO_GRAMS), place, who, (1,)),
        followed(protocol(TWO_GRAMS | {"name": "b", "every": "12 h"}), place, who, (1,)),
    ]
    tally = Tally(place.classes, ["two", "b"])
    tally.add(who.kidney, two)
    for row in tally.results():
        mine = who.kidney == place.classes.index(row["class"]) if row["class"] != "all" else np.ones(120, bool)
        x, y = (one.outcomes[row["outcome"]][mine] for one in (two[["two", "b"].index(row["protocol"])], two[0]))
        assert row["mean"] == pytest.approx(np.nanmean(x)) and row["sd"] == pytest.approx(np.nanstd(x), abs=1e-6)
        gap = (x - y)[~np.isnan(x - y)]
        assert row["difference"] == pytest.approx(gap.mean(), abs=1e-12)
        width = 1.959964 * gap.std() / np.sqrt(len(gap))
        assert row["difference_high"] - row["difference"] == pytest.approx(width, abs=1e-6)


def test_every_protocol_meets_the_same_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "CHUNK", 50)
    alone = trial(["dharsaty"], "medical", 120, seed=4)
    beside = trial(["nhs_2016", "dharsaty"], "medical", 120, seed=4)
    assert value(alone, "dharsaty ward", "mmol") | {
        "difference": 0,
        "difference_low": 0,
        "difference_high": 0,
    } == value(beside, "dharsaty ward", "mmol") | {"difference": 0, "difference_low": 0, "difference_high": 0}


def test_equal_seed_equal_answer_whatever_the_threads() -> None:
    told = []
    for threads in ("1", "2"):
        command = [
            sys.executable,
            "-m",
            "hypomag",
            "trial",
            "nhs_2016",
            "--ward",
            "medical",
            "-n",
            "300",
            "--json",
            "--quiet",
        ]
        env = {**os.environ, "NUMBA_NUM_THREADS": threads}
        told.append(subprocess.run(command, capture_output=True, text=True, check=True, env=env).stdout)
    assert told[0] == told[1] and json.loads(told[0])["n"] == 300


@pytest.mark.parametrize("name", sorted(supplied("protocols")))
def test_a_supplied_protocol_gives_what_its_source_says(name: str) -> None:
    """Bands and amounts against knowledge/treat/protocols.csv, where they were typed from the sources on their own."""
    published = [r for r in knowledge.load().tables["protocols"].dicts() if r["protocol"] == name]
    read = read_protocol(find(name, "protocols"))
    for row in published:
        if row["cardiac_only"] or (row["grams"] is None and row["mmol_day"] is None):
            continue
        unit = 10_000 if row["below_mmol_l"] is not None else 10_000 * 2.43050
        below = row["below_mmol_l"] if row["below_mmol_l"] is not None else row["below_mg_dl"]
        route = {"iv": "central", "im": "depot", "po": "stomach"}[row["route"]]
        mine = [
            b for b in read.bands if b.doses[0].pool == route and (below is None or abs(b.high - below / unit) < 1e-6)
        ]
        assert len(mine) == 1, row
        given = sum(d.amount for d in mine[0].doses)
        said = row["mmol_day"] / 10_000 if row["grams"] is None else row["grams"] / 10_000 * GRAM * (row["doses"] or 1)
        assert given == pytest.approx(said, rel=0.02)  # a source that says 20 mmol and 5 g means one dose
        if row["rate_g_per_h"]:
            assert mine[0].doses[0].runs == pytest.approx(row["grams"] / row["rate_g_per_h"])


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"bands": []}, "bands is missing"),
        ({"bands": [{"below": 0.5}]}, "either dose or dose_per_kg"),
        ({"bands": [{"below": 0.5, "from": 0.6, "dose": "8 mmol magnesium IV over 2 h"}]}, "holds no level"),
        ({"bands": [{"below": 0.5, "dose": "8 mmol magnesium IV"}]}, "bands\\[0\\].dose"),
        ({"unit": "mg", "bands": [{"below": 0.5}]}, "unit is 'mg'"),
        ({"colour": 1, "bands": [{"below": 0.5}]}, "colour is not known"),
    ],
)
def test_a_wrong_protocol_is_refused_with_its_place(given: dict, says: str) -> None:
    with pytest.raises(Mistake, match=says):
        protocol(given)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"level": {"low": 0.7, "high": 0.4}}, "high is not above low"),
        ({"setting": "beach"}, "ward or icu"),
        ({"steps": {"luck": 1}}, "luck is not a step"),
        ({"kidney": [{"share": 1}]}, "egfr is missing"),
        ({"orders": {"missed": 2}}, "orders.missed"),
    ],
)
def test_a_wrong_ward_is_refused_with_its_place(changes: dict, says: str) -> None:
    with pytest.raises(Mistake, match=says):
        ward(PLACE | changes)


def test_supplied_wards_can_be_read_and_filled() -> None:
    for path in supplied("wards").values():
        assert admitted(read_ward(path), 40, (1,)).draws.n == 40


def test_the_report_is_one_file_that_fetches_nothing(tmp_path) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "trial.html"
    done = CliRunner().invoke(
        app, ["trial", "nhs_2016", "dharsaty", "--ward", "medical", "-n", "200", "--out", str(out), "--quiet"]
    )
    assert done.exit_code == 0 and "not a medical device" in done.stdout.replace("\n", " ")
    page = out.read_text()
    assert "dharsaty ward" in page and page.count("<svg") >= 5
    assert re.findall(r'(?:src|href)="http', page) == [] and "<script" not in page


def test_an_unknown_protocol_names_those_there_are() -> None:
    done = CliRunner().invoke(app, ["trial", "nonsense", "--quiet"])
    assert done.exit_code == 2 and "nhs_highland" in done.stderr
