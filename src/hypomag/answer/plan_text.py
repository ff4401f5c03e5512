"""An option of a plan in one paragraph: what, how, how much, how fast, how often, what limits it."""

from __future__ import annotations

from typing import Any

from hypomag.answer.facts import Row, unscaled
from hypomag.answer.said import joined, number, span

EMERGENCY = ("emergency", "emergency_low")


def text(option: Row, amount: Row, said: Any) -> str:
    """The paragraph; `amount` holds how many tablets or sachets an amount by mouth is."""
    plan = said["plan"]
    parts = [f"{option['title']}, {said['ways'][option['way']]}: {_how_much(option, amount, plan)}."]
    if option["specialist"]:
        parts.append(plan["specialist"])
    if option["limited_by"]:
        words = {"half": plan["half"], "limit": plan["limit"], "once": plan["once_only"]}
        guards = [said["guards"][guard]["short"] for of in option["limited_by"].values() for guard in of]
        parts.append(
            plan["limits"].format(guards=joined(guards), what=joined([words[e] for e in option["limited_by"]]))
        )
    if option["care"]:
        parts.append(plan["care"].format(guards=joined([said["guards"][guard]["blocks"] for guard in option["care"]])))
    return " ".join(parts)


def _how_much(option: Row, amount: Row, plan: Any) -> str:
    top = option["most"] or option
    if top["grams"] is None and top["mmol"] is None:
        because = joined(option["no_figure_because"])
        return str(plan["no_figure"].format(because=because) if because else plan["words_only"])
    both = {name: span(option[name], top[name]) for name in ("grams", "mmol", "meq", "elemental_mg")}
    if option["way"] == "antidote":
        return str(plan["calcium"].format(**both))
    if option["amount_is"] == "day":
        return _a_day(option, amount, both, plan)
    return str(plan["dose"].format(**both) + _how_given(option, plan) + _how_often(option, plan))


def _a_day(option: Row, amount: Row, both: dict[str, str], plan: Any) -> str:
    salt = plan["salt_grams"].format(**both) if option["grams"] is not None else ""
    words = str(plan["day"].format(**both, salt_grams=salt))
    if amount["units_high"]:
        units = span(unscaled(amount["units_low"]), unscaled(amount["units_high"]))
        words += plan["units"].format(units=units, product=option["product"])
    return words


def _how_given(option: Row, plan: Any) -> str:
    words = ""
    if option["dilution_ml"]:
        words += plan["in_volume"].format(ml=number(option["dilution_ml"]))
    elif option["route"] == "iv" and option["way"] != "nutrition":
        words += plan["at_most_20_percent"]
    if option["hours"] is not None:
        words += plan["over"].format(hours=span(option["hours"], option["hours_most"], hours=True))
        if option["way"] == "iv":
            words += plan["rate"].format(rate=number(option["rate_g_per_h"]))
    elif option["way"] in EMERGENCY:
        words += plan["bolus"]
    return words


def _how_often(option: Row, plan: Any) -> str:
    if option["doses"] == 1:
        return str(plan["once"])
    if option["interval_hours"] is None:
        return str(plan["repeat_unsaid"].format(doses=option["doses"]))
    interval = span(option["interval_hours"], option["interval_hours"], hours=True)
    key = "repeat" if option["way"] in EMERGENCY else "doses"
    return str(plan[key].format(doses=option["doses"], interval=interval))
