"""Forecasts beside the options of an assessment, and a protocol followed on the draws of one patient."""

from __future__ import annotations

import json
from importlib.resources import files

import jsonschema
import numpy as np
import pytest

from hypomag.assess import assess
from hypomag.body.known import Mistake
from hypomag.body.protocol import find, protocol, read_protocol
from hypomag.forecast import likely
from hypomag.forecast.closed import closed_loop
from hypomag.forecast.joined import with_forecast
from hypomag.write import forecast_text, text
from tests.forecast.people import form

N = 300
SCHEMA = json.loads((files("hypomag") / "answer" / "answer.schema.json").read_text("utf-8"))


def test_every_option_with_an_amount_has_its_forecast() -> None:
    record = form()
    plain = assess(record)
    answer = with_forecast(record, plain, draws=N)
    jsonschema.validate(json.loads(json.dumps(answer)), SCHEMA)
    for option, before in zip(answer["treatment"]["options"], plain["treatment"]["options"], strict=True):
        assert (option["forecast"] is not None) == (option["mmol"] is not None)
        assert {k: v for k, v in option.items() if k != "forecast"} == before
    assert "stores full" in text.write(answer) and "stores full" not in text.write(plain)


def test_where_nothing_can_be_forecast_the_answer_says_why_and_stays() -> None:
    record = form(patient__age="9 y")
    plain = assess(record)
    answer = with_forecast(record, plain, draws=N)
    assert "under 18" in answer["treatment"]["forecast"]["because"]
    assert all(option["forecast"] is None for option in answer["treatment"]["options"])
    assert answer["urgency"] == plain["urgency"] and "No forecast: " in text.write(answer)


def test_without_a_creatinine_no_option_is_searched() -> None:
    record = form(labs__creatinine=None)
    answer = with_forecast(record, assess(record), draws=N)
    assert answer["treatment"]["forecast"]["tried"] == [] and answer["treatment"]["forecast"]["plan"] is None


def test_replanning_stops_where_an_open_plan_goes_on() -> None:
    """The protocol gives only below its limit, so nobody who is in range is given more."""
    mine = likely(form(), draws=N)
    followed = closed_loop(mine, read_protocol(find("dharsaty", "protocols")), 240.0)
    assert 0 < followed["followed"]["doses"] <= 10
    assert followed["chance_in_range_at_end"] > mine.run([], 240.0)["plans"][0]["chance_in_range_at_end"]
    assert (np.diff(followed["deficit"], axis=0) >= 0).all()
    told = mine.run([], 240.0)
    told["plans"].append(followed)
    assert "followed from level to level" in forecast_text.write(told)


def test_missed_doses_and_late_results_help_nobody() -> None:
    mine = likely(form(), draws=N)
    plan = read_protocol(find("dharsaty", "protocols"))
    good, bad = (closed_loop(mine, plan, 96.0, missed, late) for missed, late in ((0.0, 0.0), (0.5, 0.5)))
    assert bad["followed"]["mmol"] < good["followed"]["mmol"]
    assert bad["share_of_time_in_range"] < good["share_of_time_in_range"]


def test_a_dose_by_weight_needs_a_weight() -> None:
    by_weight = protocol({"bands": [{"below": 0.7, "dose_per_kg": "0.25 mmol magnesium IV over 8 h"}]})
    with pytest.raises(Mistake, match="no weight"):
        closed_loop(likely(form(patient__weight=None), draws=N), by_weight, 48.0)
