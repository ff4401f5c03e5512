"""The part `treatment`: options to choose from, what was refused and why, and every guard, looked at or not."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from hypomag.answer import actions, plan_text
from hypomag.answer.facts import Facts, Row, Rows, in_order, iso, known, unscaled
from hypomag.knowledge.sentences import sentences

WANTED = (
    *("option", "option_amount", "refusal", "guard", "plan_effect", "treat_because"),
    *("kidney", "weight", "age", "magnesium_day", *actions.WANTED),
)
ROUTES = {"emergency": "iv", "emergency_low": "iv", "antidote": "iv", "nutrition": "iv"}
PRODUCTS = dict.fromkeys(("emergency", "emergency_low", "iv", "im", "sc", "nutrition"), "magnesium sulfate")
AMOUNTS = {"elemental_mg": "mg", "mmol": "mmol", "meq": "meq", "grams": "grams"}
DOSES = ("grams", "mg_per_kg", "mmol", "meq", "elemental")
BY_WEIGHT = ("mg_per_kg_low", "mmol_per_kg_low", "mmol_per_kg_day_low")
HOUR = 3600


def treatment(rows: Rows, facts: Facts, language: str = "en") -> Row:
    """Point 9 of the answer: options, refused, guards; amounts are None where no number may be said."""
    said = sentences(language)
    return {
        "options": _options(rows, facts, said),
        "refused": _refused(rows, said),
        "guards": _guards(rows, facts, said),
        **actions.parts(rows, facts, said),
        "basis": _basis(rows),
    }


def _options(rows: Rows, facts: Facts, said: Any) -> list[Row]:
    treatments = known("treatments", "treatment")
    amounts = {row["plan"]: row for row in rows["option_amount"]}
    effects: dict[str, list[Row]] = defaultdict(list)
    for row in in_order(rows["plan_effect"], "plan", "guard", "effect"):
        effects[row["plan"]].append(row)
    options = []
    for row in sorted(rows["option"], key=lambda row: (row["place"], row["plan"])):
        treatment, amount = treatments[row["treatment"]], amounts[row["plan"]]
        low, most = _amount(amount, "low"), _amount(amount, "high")
        has_figure = most["mmol"] is not None or most["grams"] is not None
        option = {
            "key": row["plan"],
            "title": said["titles"][row["plan"]],
            "scenario": row["scenario"],
            **_how(row, treatment, has_figure),
            **low,
            "most": most if most != low else None,
            "reason": said["reasons"][row["scenario"]],
            "evidence": facts.shown(row["row"]),
            "no_figure_because": _no_figure(row, treatment, effects[row["plan"]], bool(rows["weight"]), said)
            if not has_figure
            else [],
            "limited_by": _guards_that(effects[row["plan"]], "half", "limit", "once") if has_figure else {},
            "care": _guards_that(effects[row["plan"]], "care").get("care", []),
            "specialist": bool(treatment["specialist"]),
            "protocol": treatment["protocol"],
            "standing": treatment["standing"],
            "sources": treatment["source"].split(";"),
        }
        options.append(option | {"text": plan_text.text(option, amount, said)})
    return options


def _how(row: Row, treatment: Row, has_figure: bool) -> Row:
    """How an option is given: way, product, volume, time, repeats; no number where there is no amount."""
    by_day = row["way"] == "po" or (row["way"] == "nutrition" and treatment["grams_low"] is None)
    repeats = has_figure and row["doses"] > 1 and row["interval_low"]
    return {
        "way": row["way"],
        "route": ROUTES.get(row["way"], row["way"]),
        "product": _product(row["way"], treatment),
        "amount_is": "day" if by_day else "dose",
        "rate_g_per_h": unscaled(row["grams_per_hour"]),
        "hours": row["fastest"] / HOUR if row["fastest"] is not None and has_figure else None,
        "hours_most": row["slowest"] / HOUR if row["slowest"] is not None and has_figure else None,
        "dilution_ml": unscaled(treatment["dilution_ml_low"]) if has_figure else None,
        "per_day": treatment["doses_per_day_high"] if by_day else None,
        "doses": row["doses"] if has_figure and not by_day else None,
        "interval_hours": row["interval_low"] / HOUR if repeats else None,
    }


def _product(way: str, treatment: Row) -> str | None:
    """The salt in full where the treatment names one."""
    if way == "antidote":
        return "calcium gluconate"
    if way == "po" and treatment["salt"]:
        salt = known("salts", "salt")[treatment["salt"]]
        return f"{salt['name']}, {salt['product']}"
    return PRODUCTS.get(way)


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


def _no_figure(row: Row, treatment: Row, effects: list[Row], has_weight: bool, said: Any) -> list[str]:
    """Why an option carries no amount; empty where the source itself gives none."""
    because = [_says(e, said) for e in effects if e["effect"] == "withhold"]
    if not has_weight and any(treatment[dose] is not None for dose in BY_WEIGHT):
        because.append(said["plan"]["weight"])
    has_dose = any(v is not None for n, v in treatment.items() if n.startswith(DOSES) and n.endswith(("_low", "_high")))
    if not because and has_dose and row["way"] != "dialysate":
        because.append(said["plan"]["room"])
    return list(dict.fromkeys(because))


def _says(row: Row, said: Any) -> str:
    """What a guard says in a row that has its state."""
    return str(said["guards"][row["guard"]]["blocks" if row["state"] == "blocks" else "unknown"])


def _refused(rows: Rows, said: Any) -> list[Row]:
    guards: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(rows["refusal"], key=lambda row: (row["place"], row["plan"], row["guard"])):
        guards[row["plan"]].append(row)
    return [
        {
            "key": plan,
            "title": said["titles"][plan],
            "because": [_says(row, said) for row in found],
            "guards": [row["guard"] for row in found],
            "sources": sorted({key for row in found for key in row["source"].split(";")}),
        }
        for plan, found in guards.items()
    ]


def _guards(rows: Rows, facts: Facts, said: Any) -> list[Row]:
    guards = known("guards", "guard")
    reckoned = _reckoned(rows)
    shown = []
    for row in sorted(rows["guard"], key=lambda row: row["place"]):
        fact = facts[row["row"]] if row["row"] is not None else {}
        value, unit = fact.get("value"), fact.get("unit") or fact.get("unit_text") or None
        if row["guard"] in reckoned and row["state"] != "not_assessed":
            value, unit = reckoned[row["guard"]]
        shown.append(
            {
                "guard": row["guard"],
                "name": guards[row["guard"]]["name"],
                "state": row["state"],
                "value": value if value is not None else fact.get("text") or None,
                "unit": unit,
                "taken_at": iso(fact["start"], fact["start_precision"]) if fact else None,
                "says": None if row["state"] == "clear" else _says(row, said),
                "sources": guards[row["guard"]]["source"].split(";"),
            }
        )
    return shown


def _reckoned(rows: Rows) -> dict[str, tuple[float | None, str]]:
    """Guards whose value is reckoned from several facts."""
    found: dict[str, tuple[float | None, str]] = {}
    for row in rows["kidney"]:
        egfr = (unscaled(row["egfr"]), "mL/min/{1.73_m2}")
        found |= dict.fromkeys(("creatinine_recent", "creatinine_known", "kidney_below_30", "kidney_below_15"), egfr)
    for row in rows["magnesium_day"]:
        found["magnesium_day"] = (unscaled(row["mmol"]), "mmol")
        found["magnesium_mouth"] = (unscaled(row["mouth_mmol"]), "mmol")
    for row in rows["age"]:
        found["age_known"] = (row["years"], "a")
    return found


def _basis(rows: Rows) -> Row:
    """What the amounts rest on, for whoever looks at them last."""
    age, kidney, weight, day = (
        rows[name][0] if rows[name] else {} for name in ("age", "kidney", "weight", "magnesium_day")
    )
    return {
        "age_years": age.get("years"),
        "age_days": age.get("days"),
        "weight_kg": unscaled(weight.get("kilograms")),
        "egfr": unscaled(kidney.get("egfr")),
        "magnesium_given_24h_mmol": unscaled(day.get("mmol")),
        "magnesium_by_mouth_24h_mmol": unscaled(day.get("mouth_mmol")),
    }
