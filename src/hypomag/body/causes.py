"""Causes by name: 'ppi', 'gitelman+thiazide', 'diarrhoea:2L', 'ckd:egfr=20', and what each does to the parameters."""

import difflib
import re
from dataclasses import dataclass

import numpy as np

from hypomag.body.amounts import MMOL_PER_MG, NUMBER
from hypomag.body.known import Mistake, body, cause_words, causes
from hypomag.body.people import appetite

ALWAYS = -np.inf


@dataclass(frozen=True)
class Cause:
    """One cause acting from hour `start` (ALWAYS = since the body came to rest) until `stop`."""

    name: str
    effects: tuple[
        tuple[str, str, float | np.ndarray], ...
    ]  # parameter, times | adds | sets, number (times, adds: or (n))
    start: float = 0.0
    stop: float = np.inf


def read_causes(text: str, start: float = 0.0, stop: float = np.inf, where: str = "cause") -> list[Cause]:
    """The causes named in a sum such as 'ppi:severe + diarrhoea:2L'."""
    if stop <= start:
        raise Mistake(f"{where} '{text}': stops at {stop:g} h, not after its start at {start:g} h.")
    return [read_cause(term.strip(), start, stop, where) for term in text.split("+")]


def read_cause(text: str, start: float, stop: float, where: str) -> Cause:
    word, _, argument = (t.strip() for t in text.partition(":"))
    name = cause_words().get(word.lower())
    if name is None:
        near = difflib.get_close_matches(word.lower(), cause_words(), 3, 0.6)
        hint = f" Did you mean {' or '.join(near)}?" if near else " `hypomag simulate --causes` lists them."
        raise Mistake(f"{where}: '{word}' is not a cause the body knows.{hint}")
    row = causes()[name]
    effects = {effect["parameter"]: effect for effect in row["effects"]}
    number = row.get("argument", {}).get("default", 1.0)
    if argument and argument in row.get("levels", {}):
        effects |= {effect["parameter"]: effect for effect in row["levels"][argument]}
    elif argument:
        number = read_argument(argument, row, f"{where} '{text}'")
    return Cause(name, tuple(effect_of(e, number) for e in effects.values()), start, stop)


def read_argument(text: str, row: dict, where: str) -> float:
    about = row.get("argument")
    if about is None:
        levels = ", ".join(row.get("levels", {}))
        raise Mistake(f"{where}: takes no number" + (f"; it takes {levels}." if levels else "."))
    match = re.fullmatch(rf"(?:([a-z_]+)\s*=\s*)?({NUMBER})\s*([a-zA-Z/0-9.]*)", text)
    if not match or (match[1] and match[1] != about.get("name")):
        raise Mistake(f"{where}: '{text}' is not a number in {about['unit']}.")
    number, unit = float(match[2]), match[3].lower()
    whole = about["unit"].lower()
    if unit in ("mg", "mg/d") and about.get("also_mg"):
        number *= MMOL_PER_MG
    elif unit and unit not in (whole, whole.split("/")[0]):
        raise Mistake(f"{where}: '{match[3]}' is not its unit; write {about['unit']}.")
    if not about["low"] <= number <= about["high"]:
        raise Mistake(f"{where}: {number:g} {about['unit']} is outside {about['low']:g} to {about['high']:g}.")
    return number


def effect_of(effect: dict, number: float) -> tuple[str, str, float]:
    way = next(w for w in ("times", "adds", "sets") if w in effect)
    amount = effect[way]
    if effect.get("per"):
        amount = amount**number if way == "times" else amount * number
    return effect["parameter"], way, amount


def acting(causes_: list[Cause], at: float) -> list[Cause]:
    return [c for c in causes_ if c.start <= at < c.stop]


def apply(parameters: dict[str, np.ndarray], active: list[Cause], surface: np.ndarray) -> dict[str, np.ndarray]:
    """Parameters under the active causes; surface (people) is body surface / 1.73 m2, for causes that set eGFR."""
    changed = dict(parameters)
    set_by: dict[str, str] = {}
    sets = [(cause.name, name, number) for cause in active for name, way, number in cause.effects if way == "sets"]
    for cause_, name, number in sorted(sets, key=lambda s: s[1] != "egfr"):  # a diet that is set is what is eaten
        what = "gfr" if name == "egfr" else name
        if set_by.setdefault(what, cause_) != cause_:
            raise Mistake(f"causes '{set_by[what]}' and '{cause_}' both set {what}; keep one of them.")
        changed |= filtering(number, parameters, surface) if name == "egfr" else {name: np.full(1, number)}
    for cause in active:
        for name, way, number in cause.effects:
            if way != "sets":
                moved = changed[name] * number if way == "times" else changed[name] + number
                changed[name] = np.clip(moved, *bounds(name))
    return changed


def filtering(egfr: float | np.ndarray, before: dict[str, np.ndarray], surface: np.ndarray) -> dict[str, np.ndarray]:
    """Filtration, and the food eaten with it, once eGFR (mL/min/1.73 m2) is no longer what it was."""
    eaten = appetite(egfr) / appetite(before["gfr"] / 0.06 / surface)
    return {"gfr": egfr * 0.06 * surface, "food_in": before["food_in"] * eaten}


def bounds(name: str) -> tuple[float, float]:
    row = body()["parameters"][name]
    return row["low"] * 0.01, row["high"] * 5


__all__ = ["ALWAYS", "Cause", "acting", "apply", "filtering", "read_causes"]
