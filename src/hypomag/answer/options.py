"""The options of a plan, best first: what the rules left, with its amounts, products, words and sources.

Options that are one amount given one way are one option with several sources; the first of them gives its time.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from hypomag.answer import plan_text
from hypomag.answer.facts import Facts, Row, Rows, in_order, known, unscaled

WANTED = ("option", "option_amount", "mouth_count", "plan_effect")
EMERGENCY = ("emergency", "emergency_low")
ROUTES = {"emergency": "iv", "emergency_low": "iv", "antidote": "iv", "nutrition": "iv"}
PRODUCTS = dict.fromkeys(("emergency", "emergency_low", "iv", "im", "sc", "nutrition"), "magnesium sulfate")
AMOUNTS = {"elemental_mg": "mg", "mmol": "mmol", "meq": "meq", "grams": "grams"}
DOSES = ("grams", "mg_per_kg", "mmol", "meq", "elemental")
BY_WEIGHT = ("mg_per_kg_low", "mmol_per_kg_low", "mmol_per_kg_day_low")
SAME = ("way", "most", "doses", "interval_hours", *AMOUNTS)
HOUR = 3600


def options(rows: Rows, facts: Facts, said: Any) -> list[Row]:
    """What may be chosen, best first; amounts are None where no number may be said."""
    amounts = {row["plan"]: row for row in rows["option_amount"]}
    counts: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(
        rows["mouth_count"], key=lambda row: (row["plan"], -row["mmol_high"], row["count_high"], row["salt"])
    ):
        counts[row["plan"]].append(row)
    effects: dict[str, list[Row]] = defaultdict(list)
    for row in in_order(rows["plan_effect"], "plan", "guard", "effect"):
        effects[row["plan"]].append(row)
    found = []
    for row in sorted(rows["option"], key=lambda row: (row["place"], row["plan"])):
        amount = amounts[row["plan"]]
        low, most = _amount(amount, "low"), _amount(amount, "high")
        has_figure = most["mmol"] is not None or most["grams"] is not None
        acting = effects[row["plan"]]
        found.append(
            {
                "key": row["plan"],
                "title": said["titles"].get(row["plan"]) or row["protocol"],
                "scenario": row["scenario"],
                **_how(row, has_figure),
                **low,
                "most": most if most != low else None,
                "products": [_product(count, said) for count in counts[row["plan"]]],
                "reason": said["reasons"][row["scenario"]],
                "why": said["why"].get(row["plan"]) or said["why"][row["scenario"]],
                "evidence": facts.shown(row["row"]),
                "no_figure_because": [] if has_figure else _no_figure(row, acting, bool(rows["weight"]), said),
                "limited_by": _guards_that(acting, "half", "limit", "once") if has_figure else {},
                "own_share": bool(row["is_own_share"]) and has_figure,
                "care": _guards_that(acting, "care").get("care", []),
                "specialist": bool(row["specialist"]),
                "published": row["published"] if row["standing"] != "recall" else None,
                "protocol": row["protocol"],
                "standing": row["standing"],
                "sources": row["source"].split(";"),
                "also": [],
            }
        )
    return [option | plan_text.words(option, said) for option in _merged(found)]


def _how(row: Row, has_figure: bool) -> Row:
    """How an option is given: way, product, volume, time, repeats; no number where there is no amount."""
    figure = known("plans", "plan").get(row["plan"], {}).get("figure", "")
    by_day = row["way"] == "po" or (row["way"] == "nutrition" and figure.endswith("_day"))
    repeats = has_figure and row["doses"] > 1 and row["interval_low"]
    return {
        "way": row["way"],
        "route": ROUTES.get(row["way"], row["way"]),
        "product": _named(row),
        "amount_is": "day" if by_day else "dose",
        "rate_g_per_h": unscaled(row["grams_per_hour"]),
        "hours": row["fastest"] / HOUR if row["fastest"] is not None and has_figure else None,
        "hours_most": row["slowest"] / HOUR if row["slowest"] is not None and has_figure else None,
        "dilution_ml": unscaled(row["volume_ml"]) if has_figure else None,
        "per_day": row["per_day"] if by_day else None,
        "doses": row["doses"] if has_figure and not by_day else None,
        "interval_hours": row["interval_low"] / HOUR if repeats else None,
    }


def _named(row: Row) -> str | None:
    """The salt in full where the plan names one."""
    if row["way"] == "antidote":
        return "calcium gluconate"
    if row["way"] == "po" and row["salt"]:
        return str(known("salts", "salt")[row["salt"]]["name"])
    return PRODUCTS.get(row["way"])


def _product(count: Row, said: Any) -> Row:
    """A day's amount in whole units of a product, how it divides, and how it is absorbed."""
    salt = known("salts", "salt")[count["salt"]]
    low, high = unscaled(count["mmol_low"]), unscaled(count["mmol_high"])
    mg = unscaled(salt["elemental_mg_high"]) or 0
    return {
        "salt": count["salt"],
        "name": salt["name"],
        "unit": salt["unit"],
        "doses_low": _divided(count["count_low"], count["times_low"]),
        "doses_high": _divided(count["count_high"], count["times_high"]),
        "mmol": [low, high],
        "meq": [2 * (low or 0), 2 * (high or 0)],
        "elemental_mg": [round(n * mg, 1) for n in (count["count_low"], count["count_high"])],
        "absorption": salt["absorption"],
        "laxative": bool(salt["laxative"]),
        "label": salt["product"],
        "sources": salt["source"].split(";"),
    }


def _divided(count: int, times: int) -> list[int]:
    """Whole units over so many doses, the larger first: 5 over 3 is 2, 2, 1."""
    each, rest = divmod(count, times)
    return [each + 1] * rest + [each] * (times - rest)


def _amount(amount: Row, end: str) -> Row:
    return {name: unscaled(amount[f"{column}_{end}"]) for name, column in AMOUNTS.items()}


def _guards_that(effects: list[Row], *wanted: str) -> dict[str, list[str]]:
    """Effect -> guards, for the wanted effects that some guard has."""
    found: dict[str, list[str]] = {}
    for effect in wanted:
        guards = list(dict.fromkeys(e["guard"] for e in effects if e["effect"] == effect))
        if guards:
            found[effect] = guards
    return found


def _no_figure(row: Row, effects: list[Row], has_weight: bool, said: Any) -> list[str]:
    """Why an option carries no amount; empty where the source itself gives none."""
    because = [plan_text.guard_says(e, said) for e in effects if e["effect"] == "withhold"]
    treatment = known("treatments", "treatment").get(row["treatment"])
    if treatment is None:  # a band of a protocol always has a dose
        return list(dict.fromkeys(because or [said["plan"]["room"]]))
    if not has_weight and any(treatment[dose] is not None for dose in BY_WEIGHT):
        because.append(said["plan"]["weight"])
    has_dose = any(v is not None for n, v in treatment.items() if n.startswith(DOSES) and n.endswith(("_low", "_high")))
    if not because and has_dose and row["way"] != "dialysate":
        because.append(said["plan"]["room"])
    return list(dict.fromkeys(because))


def _merged(found: list[Row]) -> list[Row]:
    """One amount given one way is one option: the first, with the others' names, times and sources. What has no figure
    is one option by its way and its reasons."""
    kept: dict[str, Row] = {}
    for option in found:
        same = repr([option[name] for name in SAME] + [option["no_figure_because"], option["limited_by"]])
        if option["mmol"] is None and not option["no_figure_because"]:
            same = option["key"]  # its words are all it has
        first = kept.get(same)
        if first is None:
            kept[same] = option
            continue
        named = {name: option[name] for name in ("key", "title", "hours", "hours_most", "dilution_ml", "published")}
        first["also"].append(named | {"sources": option["sources"]})
        first["sources"] = list(dict.fromkeys([*first["sources"], *option["sources"]]))
        first["products"] = first["products"] or option["products"]
        first["specialist"] = first["specialist"] or option["specialist"]
    return list(kept.values())
