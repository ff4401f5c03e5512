"""An option of a plan in words: what, how, how much, how fast, how often, and what limits it."""

from __future__ import annotations

from typing import Any

from hypomag.answer.facts import Row
from hypomag.answer.said import joined, number, span

EMERGENCY = ("emergency", "emergency_low")
PRODUCTS_SAID = 3  # the rest stands in the answer


def words(option: Row, said: Any) -> Row:
    """`line`: the option itself; `limits`: what holds it down, sentences that several options may share; `text`: both."""
    plan = said["plan"]
    line = plan["line"].format(
        title=option["title"], way=said["ways"][option["way"]], how_much=_how_much(option, plan) + _also(option, plan)
    )
    limits = _limits(option, said)
    return {"line": line, "limits": limits, "text": " ".join([line, *limits])}


def guard_says(row: Row, said: Any) -> str:
    """What a guard says in a row that has its state."""
    return str(said["guards"][row["guard"]]["blocks" if row["state"] == "blocks" else "unknown"])


def _limits(option: Row, said: Any) -> list[str]:
    plan, found = said["plan"], []
    if option["specialist"]:
        found.append(str(plan["specialist"]))
    if option["own_share"]:
        found.append(str(plan["own_share"]))
    if option["limited_by"]:
        effects = {"half": plan["half"], "limit": plan["limit"], "once": plan["once_only"]}
        guards = [said["guards"][guard]["short"] for of in option["limited_by"].values() for guard in of]
        what = joined([effects[e] for e in option["limited_by"]])
        found.append(str(plan["limits"].format(guards=joined(guards), what=what)))
    if option["care"]:
        blocks = [
            said["guards"][guard]["care" if "care" in said["guards"][guard] else "blocks"] for guard in option["care"]
        ]
        found.append(str(plan["care"].format(guards=joined(blocks))))
    return found


def _how_much(option: Row, plan: Any) -> str:
    top = option["most"] or option
    if top["grams"] is None and top["mmol"] is None:
        because = joined(option["no_figure_because"])
        if because:
            return str(plan["no_figure"].format(because=because))
        return str(plan["words_only"])
    both = {name: span(option[name], top[name]) for name in ("grams", "mmol", "meq", "elemental_mg")}
    if option["way"] == "antidote":
        return str(plan["calcium"].format(**both))
    if option["amount_is"] == "day":
        key = "day" if option["way"] == "po" else "day_grams"
        return str(plan[key].format(**both)) + _products(option["products"], plan)
    return str(plan["dose"].format(**both) + _how_given(option, plan) + _how_often(option, plan))


def _products(products: list[Row], plan: Any) -> str:
    if not products:
        return ""
    key = "product" if len(products) == 1 else "products"
    return str(
        plan[key].format(products=plan["or"].join(_counted(product, plan) for product in products[:PRODUCTS_SAID]))
    )


def _counted(product: Row, plan: Any) -> str:
    """'1 sachet (...) twice a day'; '2 to 3 tablets (...) 3 times a day'; '5 tablets (...) a day (2, 2, 1)'."""
    low, high, unit = product["doses_low"], product["doses_high"], product["unit"]
    if low == high:
        return _said_doses(low, unit, plan)
    if len(low) == len(high) and len(set(low)) == len(set(high)) == 1:
        count = f"{low[0]} to {high[0]}"
        return str(plan["each"].format(count=count, unit=_plural(unit), times=plan["times"][len(low) - 1]))
    return str(plan["from_to"].format(low=_said_doses(low, unit, plan), high=_said_doses(high, "", plan)))


def _said_doses(doses: list[int], unit: str, plan: Any) -> str:
    if len(set(doses)) == 1:
        unit = unit if doses[0] == 1 else _plural(unit)
        said = plan["each"].format(count=doses[0], unit=unit, times=plan["times"][len(doses) - 1])
    else:
        each = ", ".join(str(n) for n in doses)
        said = plan["unequal"].format(count=sum(doses), unit=_plural(unit), each=each)
    return " ".join(said.split())


def _plural(unit: str) -> str:
    first, _, rest = unit.partition(" ")
    return f"{first}s {rest}".strip() if unit else ""


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


def _also(option: Row, plan: Any) -> str:
    """The others that come to the same amount, with their time where it is another."""
    others = []
    for other in option["also"]:
        differs = other["hours"] is not None and other["hours"] != option["hours"]
        hours = span(other["hours"], other["hours_most"], hours=True) if differs else ""
        others.append(plan["also_over"].format(title=other["title"], hours=hours) if differs else other["title"])
    return str(plan["also"].format(others=joined(others))) if others else ""
