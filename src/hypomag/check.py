"""The independent last look: a rendered plan against the ceilings of the knowledge, and nothing else.

It reads the finished answer as a reader would, its numbers and its words, and imports neither the rules nor what
rendered them. What breaks a ceiling is taken out of the options and named among the refused, with the fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from hypomag import knowledge

Row = dict[str, Any]

AMOUNTS = ("grams", "mmol", "meq", "elemental_mg")
VEIN = ("iv", "nutrition")
EMERGENCY = ("emergency", "emergency_low")
MINUTES, DAY = 60, 24
NEVER_WRITTEN = re.compile(r"(?i:\bMg?SO[4₄]|\bamps?\b)|\bMS\b")
GRAMS_IN_WORDS = re.compile(r"(\d+(?:\.\d+)?)(?: to (\d+(?:\.\d+)?))? g\b(?!/h)")
ROUNDING = 0.01  # amounts are rounded down when a plan is made and to three digits when it is written


def faults(answer: Row) -> dict[str, list[str]]:
    """The faults of each option, by its key; empty where the plan keeps every ceiling."""
    treatment = answer["treatment"]
    guards = {row["guard"]: row["state"] for row in treatment["guards"]}
    found: dict[str, list[str]] = {}
    for option in treatment["options"]:
        named = list(_option(option, treatment, guards, answer["level"]["status"]))
        if named:
            found[option["key"]] = named
    return found


def course(rows: list[Row], egfr: float | None) -> list[str]:
    """What is wrong with a course of doses against the same ceilings; empty where it keeps them.

    rows: events with time (h), amt (mmol), rate (mmol/h, 0 = at once), cmt (central: by vein; stomach, tablet: by
    mouth), ii, addl. A course is none of an emergency: the ceilings of ordinary plans hold.
    """
    per_gram = _sulfate()["mmol_low"] / 10_000
    doses = sorted(
        (row["time"] + k * row["ii"], row["amt"], row["rate"], row["cmt"])
        for row in rows
        for k in range(int(row["addl"]) + 1)
    )
    vein = [(t, mmol) for t, mmol, _, cmt in doses if cmt == "central"]
    mouth = [(t, mmol) for t, mmol, _, cmt in doses if cmt in ("stomach", "tablet")]
    found: list[str] = []
    for _, mmol, rate, cmt in doses:
        if cmt == "central":
            fastest = rate / per_gram if rate else float("inf")
            found += _over(fastest, _ceiling("iv_rate_highest")["grams"], "g an hour by vein")
            if mmol == 0:
                found.append("a dose of nothing")
    found += _over(_within(vein, DAY), _ceiling("iv_day_published")["mmol"], "mmol by vein in 24 hours")
    days = round(_ceiling("iv_course")["days"] / (DAY * 3600))
    found += _over(_within(vein, days * DAY) / per_gram, _ceiling("iv_course")["grams"], f"g by vein in {days} days")
    day_by_mouth = _within(mouth, DAY) * _limit("mg_per_mmol")
    found += _over(day_by_mouth, _ceiling("oral_day")["elemental_mg"], "mg of magnesium by mouth in a day")
    if egfr is None:
        found.append("a figure without a recent creatinine")
    elif egfr < _limit("kidney_none"):
        found.append(f"a figure at an eGFR of {egfr:g}")
    elif egfr < _limit("kidney_half"):
        grams = sum(mmol for _, mmol in vein) / per_gram
        found += _over(grams, _ceiling("kidney_before_level")["grams"], "g before a level with this kidney")
        found += _over(
            day_by_mouth, 0.5 * _ceiling("oral_day")["elemental_mg"], "mg by mouth in a day with this kidney"
        )
    return list(dict.fromkeys(found))


def _within(doses: list[tuple[float, float]], hours: float) -> float:
    """The most that begins within any so many hours."""
    return max((sum(mmol for t, mmol in doses if start <= t < start + hours - 1e-9) for start, _ in doses), default=0.0)


def last_look(answer: Row) -> Row:
    """The answer with every option that breaks a ceiling moved to the refused."""
    found = faults(answer)
    if not found:
        return answer
    treatment = answer["treatment"]
    kept = [option for option in treatment["options"] if option["key"] not in found]
    refused = [
        {
            "key": key,
            "title": key,
            "text": f"{key}: {'; '.join(named)}",
            "because": named,
            "guards": ["last_look"],
            "sources": [],
        }
        for key, named in found.items()
    ]
    return answer | {"treatment": treatment | {"options": kept, "refused": treatment["refused"] + refused}}


def _option(option: Row, treatment: Row, guards: dict[str, str], status: str) -> Iterator[str]:
    yield from _words(option)
    if option["way"] != "antidote":
        yield from _wanted(option, guards, status)
    yield from _guarded(option, guards)
    if not _has_figure(option):
        return
    yield from _consistent(option)
    if option["way"] == "antidote":
        yield from _over(_most(option, "grams"), _ceiling("calcium_dose")["grams"], "g of calcium gluconate in a dose")
    elif option["way"] == "po":
        yield from _by_mouth(option, treatment["basis"])
    elif option["way"] in EMERGENCY:
        yield from _emergency(option, treatment["basis"], guards)
    else:
        yield from _ordinary(option, treatment, guards)


@cache
def _rows(table: str) -> list[Row]:
    return knowledge.load().tables[table].dicts()


def _sulfate() -> Row:
    return next(row for row in _rows("salts") if row["salt"] == "sulfate_hepta")


@cache
def _effects(way: str) -> list[Row]:
    return [row for row in _rows("guard_effects") if row["way"] == way]


@cache
def _ceiling(name: str) -> Row:
    """A ceiling with its amounts in grams, milligrams and millimoles, as written in the knowledge."""
    for table in ("ceilings", "plan_ceilings"):
        for row in _rows(table):
            if row["ceiling"] == name:
                numbers = ("grams", "mg", "mg_per_kg", "mmol", "elemental_mg", "percent")
                return row | {n: row[n] / 10_000 for n in numbers if row.get(n) is not None}
    raise LookupError(f"the knowledge has no ceiling {name}")


@cache
def _limit(name: str) -> float:
    return next(row["value"] for row in knowledge.load().limits_rows if row["name"] == name) / 10_000


def _most(option: Row, what: str) -> float | None:
    """The larger end of an amount."""
    values = [end[what] for end in (option, option["most"]) if end and end[what] is not None]
    return max(values, default=None)


def _has_figure(option: Row) -> bool:
    return any(_most(option, what) is not None for what in AMOUNTS)


def _over(value: float | None, ceiling: float, what: str) -> Iterator[str]:
    if value is not None and value > ceiling * (1 + 1e-9):
        yield f"{value:.6g} {what} is above {ceiling:.6g}"


def _words(option: Row) -> Iterator[str]:
    text = " ".join([option["text"], option["line"], *option["limits"]])
    products = " ".join(f"{product['name']} {product['unit']}" for product in option["products"])
    if NEVER_WRITTEN.search(f"{text} {option['title']} {option['product'] or ''} {products}"):
        yield "an abbreviation or a vessel stands where magnesium sulfate and grams belong"
    said = [float(n) for match in GRAMS_IN_WORDS.findall(text) for n in match if n]
    top = _most(option, "grams")
    allowed = max([top or 0.0, _ceiling("kidney_before_level")["grams"]])
    for grams in said:
        if grams > allowed * (1 + ROUNDING):
            yield f"the words say {grams:g} g where the plan says {top}"


def _wanted(option: Row, guards: dict[str, str], status: str) -> Iterator[str]:
    """Magnesium only for a low level, whatever the level only for torsades, and never while a sign says stop."""
    stops = {row["guard"] for row in _rows("guards") if row["stops"]}
    for guard in sorted(stops | {"obstetric"}):
        if guards.get(guard) == "blocks":
            yield f"magnesium is offered although {guard} says stop"
    if status != "low" and option["way"] != "emergency":
        unknown = option["way"] == "emergency_low" and status != "high" and status != "normal"
        if not unknown or _has_figure(option):
            yield f"magnesium is offered although the level is {status}"


def _guarded(option: Row, guards: dict[str, str]) -> Iterator[str]:
    """What the knowledge says a guard does to this way of giving must show in the plan."""
    for row in _effects(option["way"]):
        if guards.get(row["guard"], "not_assessed") != {"unknown": "not_assessed"}.get(row["state"], row["state"]):
            continue
        if row["effect"] == "forbid":
            yield f"{row['guard']} forbids it"
        elif row["effect"] == "withhold" and _has_figure(option):
            yield f"{row['guard']} allows no figure"
        elif row["effect"] == "once" and (option["doses"] or 1) > 1:
            yield f"{row['guard']} allows no repeat before a level"
        elif row["effect"] == "limit":
            yield from _over(_most(option, "grams"), _ceiling("kidney_before_level")["grams"], "g before a level")


def _consistent(option: Row) -> Iterator[str]:
    """Grams, millimoles, milliequivalents and milligrams of one amount must be one amount."""
    salt = _sulfate()
    for end in (option, option["most"] or option):
        if any(end[what] is not None and not 0 < end[what] < float("inf") for what in AMOUNTS):
            yield "an amount is zero, below zero or no number"
            continue
        if end["mmol"] is None:
            continue
        pairs = [(end["meq"], 2 * end["mmol"]), (end["elemental_mg"], _limit("mg_per_mmol") * end["mmol"])]
        if option["way"] != "po":
            pairs.append((end["grams"], end["mmol"] / (salt["mmol_low"] / 10_000)))
        for said, meant in pairs:
            if said is None or abs(said - meant) > ROUNDING * meant + 0.002:
                yield f"its amounts do not agree: {said} where {meant:.4g} belongs"


def _rates(option: Row) -> list[float | None]:
    """Grams an hour: as said, as the dose and the time make it, and as the times of the same amount elsewhere do."""
    grams = _most(option, "grams")
    hours = [option["hours"], *(other["hours"] for other in option["also"])]
    return [option["rate_g_per_h"], *(grams / h for h in hours if grams is not None and h)]


def _emergency(option: Row, basis: Row, guards: dict[str, str]) -> Iterator[str]:
    grams, doses = _most(option, "grams"), option["doses"] or 1
    yield from _over(grams, _ceiling("emergency_dose")["grams"], "g in an emergency dose")
    yield from _over((grams or 0) * doses, _ceiling("emergency_total")["grams"], "g in emergency doses")
    if option["hours"] is None and option["key"] != "torsades_arrest":
        yield "an emergency dose with a pulse needs a time"
    for rate in _rates(option):
        yield from _over(rate and rate * 1000 / MINUTES, _ceiling("emergency_rate")["mg"], "mg a minute")
    yield from _percent(option)
    yield from _child_dose(option, basis)
    if basis["age_years"] is None:
        yield "a figure without an age"


def _child_dose(option: Row, basis: Row) -> Iterator[str]:
    if basis["age_years"] is None or basis["age_years"] >= _limit("adult_from") * 10_000:
        return
    grams, weight = _most(option, "grams"), basis["weight_kg"]
    if weight is None:
        yield "a child's figure without a weight"
        return
    yield from _over(grams, _ceiling("child_dose")["grams"], "g in a child's dose")
    yield from _over(grams and grams * 1000, _ceiling("child_dose")["mg_per_kg"] * weight, "mg in a child's dose")
    if option["hours"]:
        per_minute = (grams or 0) * 1000 / (option["hours"] * MINUTES)
        yield from _over(per_minute, _ceiling("child_rate")["mg_per_kg"] * weight, "mg a minute in a child")


def _percent(option: Row) -> Iterator[str]:
    grams, volume = _most(option, "grams"), option["dilution_ml"]
    if grams is not None and volume:
        yield from _over(100 * grams / volume, _ceiling("iv_concentration")["percent"], "percent in a vein")


def _ordinary(option: Row, treatment: Row, guards: dict[str, str]) -> Iterator[str]:
    """By vein, muscle, skin or in the feed: rate, day, course and kidney."""
    basis, grams, doses = treatment["basis"], _most(option, "grams"), option["doses"] or 1
    if option["way"] in VEIN:
        if option["hours"] is None and option["way"] == "iv":
            yield "a dose by vein needs a time"
        for rate in _rates(option):
            yield from _over(rate, _ceiling("iv_rate_highest")["grams"], "g an hour")
            yield from _over(rate and rate * 1000 / MINUTES, _ceiling("iv_push_rate")["mg"], "mg a minute")
        yield from _percent(option)
    in_a_day = doses if not option["interval_hours"] else min(doses, -(-DAY // option["interval_hours"]))
    yield from _over((grams or 0) * doses, _ceiling("iv_course")["grams"], "g in a course")
    if option["way"] == "im":
        yield from _over((grams or 0) * in_a_day, _ceiling("im_day")["grams"], "g into the muscle in a day")
    yield from _day(option, treatment, (_most(option, "mmol") or 0) * in_a_day)
    yield from _kidney(option, basis, guards)
    yield from _child_dose(option, basis)
    if basis["age_years"] is None:
        yield "a figure without an age"


def _day(option: Row, treatment: Row, mmol: float) -> Iterator[str]:
    """Magnesium of every route in 24 hours: given, the emergency doses offered, and this option."""
    given = treatment["basis"]["magnesium_given_24h_mmol"]
    if given is None:
        yield "a figure although the magnesium of the last 24 hours is not known"
        return
    urgent = [o for o in treatment["options"] if o["way"] in EMERGENCY and _has_figure(o)]
    reserved = max(((_most(o, "mmol") or 0) * (o["doses"] or 1) for o in urgent), default=0.0)
    total = given + reserved + mmol
    yield from _over(total, _ceiling("iv_day_published")["mmol"], "mmol in 24 hours from every route")
    age, weight = treatment["basis"]["age_years"], treatment["basis"]["weight_kg"]
    if age is not None and age < _limit("adult_from") * 10_000 and weight is not None:
        salt = _sulfate()
        most = _ceiling("child_day")["mg_per_kg"] * weight / 1000 * salt["mmol_low"] / 10_000
        yield from _over(total, most, "mmol in 24 hours in a child")


def _kidney(option: Row, basis: Row, guards: dict[str, str]) -> Iterator[str]:
    egfr, doses = basis["egfr"], option["doses"] or 1
    if egfr is None or guards.get("creatinine_recent") != "clear":
        yield "a figure without a recent creatinine"
        return
    if egfr < _limit("kidney_none"):
        yield f"a figure at an eGFR of {egfr:g}"
    if egfr < _limit("kidney_half") or guards.get("kidney_injury") != "clear" or guards.get("little_urine") == "blocks":
        grams = (_most(option, "grams") or 0) * doses
        if option["way"] == "iv":
            yield from _over(grams, _ceiling("kidney_before_level")["grams"], "g before a level with this kidney")


def _agreeing(product: Row) -> Iterator[str]:
    """A count of tablets is the magnesium that the salt's own row says."""
    salt = next((row for row in _rows("salts") if row["salt"] == product["salt"]), None)
    if salt is None or salt["elemental_mg_high"] is None:
        yield f"{product['salt']} is no product whose magnesium is known"
        return
    meant = sum(product["doses_high"]) * salt["elemental_mg_high"] / 10_000
    if abs(max(product["elemental_mg"]) - meant) > ROUNDING * meant:
        yield f"{sum(product['doses_high'])} of {product['unit']} hold {meant:.4g} mg, not {max(product['elemental_mg']):.4g}"


def _by_mouth(option: Row, basis: Row) -> Iterator[str]:
    taken = basis["magnesium_by_mouth_24h_mmol"]
    if taken is None:
        yield "a figure although the magnesium taken by mouth is not known"
        return
    if basis["egfr"] is None:
        yield "a figure without a creatinine"
        return
    if basis["egfr"] < _limit("kidney_none"):
        yield f"a figure at an eGFR of {basis['egfr']:g}"
    share = 0.5 if basis["egfr"] < _limit("kidney_half") else 1.0
    counted = [max(product["elemental_mg"]) for product in option["products"]]
    for mg in counted:
        yield from _over(mg, (_most(option, "elemental_mg") or 0) * (1 + ROUNDING), "mg in whole tablets")
    for product in option["products"]:
        one = max(product["elemental_mg"]) / max(sum(product["doses_high"]), 1)
        yield from _over(
            sum(product["doses_low"]) * one, max(product["elemental_mg"]) * (1 + ROUNDING), "mg in the fewest"
        )
        yield from _agreeing(product)
    total = max([_most(option, "elemental_mg") or 0, *counted]) + taken * _limit("mg_per_mmol")
    yield from _over(total, share * _ceiling("oral_day")["elemental_mg"], "mg of magnesium by mouth in a day")
    if basis["age_years"] is None:
        yield "a figure without an age"
