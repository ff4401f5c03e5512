"""An assessment with a forecast beside each option that carries an amount: `assess --forecast`."""

from __future__ import annotations

from typing import Any

from hypomag.body.known import Mistake, forecasting
from hypomag.forecast.likely import likely
from hypomag.forecast.plans import has_figure, option_plan
from hypomag.forecast.search import searched
from hypomag.record import Record, Refused

Answer = dict[str, Any]
SHOWN = (
    *("chance_in_range_at_end", "chance_low_at_end", "chance_above_safety", "chance_above_range_at_end"),
    *("share_of_time_in_range", "hours_to_range", "hours_to_full_stores", "chance_full_at_end", "measure_at", "dose"),
)


def with_forecast(record: Record, answer: Answer, as_of: int | None = None, draws: int = 2000, seed: int = 1) -> Answer:
    """The answer with treatment.options[].forecast (None without an amount) and treatment.forecast: the search.

    Where nothing can be forecast, treatment.forecast says why and every option's forecast is None.
    """
    treatment = answer["treatment"]
    try:
        mine = likely(record, as_of=as_of, draws=draws, seed=seed, answer=answer)
    except (Refused, Mistake) as why:
        options = [option | {"forecast": None} for option in treatment["options"]]
        return answer | {"treatment": treatment | {"options": options, "forecast": {"because": str(why)}}}
    until = forecasting()["horizon"]["ahead"]["value"]
    nothing = mine.course([], until)
    options = []
    for option in treatment["options"]:
        told = None
        if has_figure(option):
            plan = option_plan(option, until)
            run = mine.told(plan, mine.course(plan.rows, until), nothing, until)
            told = {key: run[key] for key in SHOWN} | {"amount": plan.end or "as written", "days": until / 24}
        options.append(option | {"forecast": told})
    about = {"because": None, **searched(mine, until), "assumed": mine.now()["assumed"], "note": mine.now()["note"]}
    return answer | {"treatment": treatment | {"options": options, "forecast": about}}
