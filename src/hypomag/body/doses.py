"""Doses: words to an event table with the columns NONMEM and mrgsolve use (time, amt, rate, cmt, ii, addl).

    read_dose("magnesium sulfate 4 g IV over 20 min then 1 g/h for 24 h", at=2.0)

gives one row for the load and one for the infusion. amt in mmol of magnesium, rate in mmol/h (0 = at once), time and
ii in hours; cmt is a pool of body.ant: central (IV), depot (IM), stomach and tablet (by mouth).
"""

import math
import re
from dataclasses import dataclass

import numpy as np

from hypomag.body.amounts import HOURS, MMOL, NUMBER
from hypomag.body.known import Mistake, salts

COLUMNS = ("time", "amt", "rate", "cmt", "ii", "addl")
POOLS = ("central", "depot", "stomach", "tablet", "gut")
ROUTES = {
    "iv": "iv",
    "intravenous": "iv",
    "intravenously": "iv",
    "im": "im",
    "intramuscular": "im",
    "intramuscularly": "im",
    "by mouth": "oral",
    "orally": "oral",
    "oral": "oral",
    "po": "oral",
}
TIMES_A_DAY = {
    "once a day": 24.0,
    "daily": 24.0,
    "twice a day": 12.0,
    "twice daily": 12.0,
    "three times a day": 8.0,
    "four times a day": 6.0,
}
UNIT = "|".join(sorted(HOURS, key=len, reverse=True))
FILLERS = {
    "of",
    "as",
    "and",
    "the",
    "a",
    "magnesium",
    "mg2+",
    "given",
    "dose",
    "infusion",
    "bolus",
    "load",
    "loading",
    "continuous",
    "elemental",
}


@dataclass
class Part:
    """One clause of a dose: how much of what, how fast, how often."""

    mmol: float
    per_hour: bool
    route: str
    salt: str
    over: float | None
    every: float | None
    times: int | None
    lasting: float | None


def read_dose(text: str, at: float = 0.0, where: str = "dose") -> list[dict]:
    """Event rows for a dose in words, the first at hour `at`; a Mistake says which words were not understood."""
    rows: list[dict] = []
    route = salt = ""
    for clause in re.split(r"\s*(?:,\s*)?\bthen\b\s*", text.strip().lower()):
        part = read_clause(clause, route, salt, f"{where} '{text}'")
        route, salt = part.route, part.salt
        rows += part_rows(part, at, f"{where} '{text}'")
        at += part_length(part)
    return rows


def take(pattern: str, text: str) -> tuple[re.Match | None, str]:
    match = re.search(rf"(?<![\w.]){pattern}(?![\w/])", text)
    return match, (text[: match.start()] + " " + text[match.end() :] if match else text)


def read_clause(clause: str, route: str, salt: str, where: str) -> Part:
    left = clause.replace("intra-", "intra")
    over, left = take(rf"over ({NUMBER})\s*({UNIT})", left)
    every, left = take(rf"(?:every|q)\s*({NUMBER})\s*({UNIT})", left)
    lasting, left = take(rf"for ({NUMBER})\s*({UNIT})", left)
    counted, left = take(r"for (\d+) doses?", left)
    ii = float(every[1]) * HOURS[every[2]] if every else None
    for words, gap in TIMES_A_DAY.items():
        if words in left:
            if ii is not None:
                raise Mistake(f"{where}: says how often twice; keep one of 'every' and '{words}'.")
            ii, left = gap, left.replace(words, " ")
    amounts = list(re.finditer(rf"(?<![\w.])({NUMBER})\s*(mmol|meq|mg|g)(?:\s*/\s*(h|hr|hour|d|day))?(?![\w/])", left))
    if len(amounts) != 1:
        raise Mistake(
            f"{where}: {'no amount' if not amounts else 'two amounts'} in '{clause.strip()}'; write one, "
            "such as 4 g, 10 mmol, 20 mEq or 1 g/h."
        )
    amount = amounts[0]
    left = left[: amount.start()] + " " + left[amount.end() :]
    found, left = one_of({word: key for key, row in salts().items() for word in row["words"].split("|")}, left)
    way, left = one_of(ROUTES, left)
    unknown = [w for w in re.findall(r"[^\s,;.]+", left) if w not in FILLERS]
    if unknown:
        raise Mistake(
            f"{where}: '{' '.join(unknown)}' is not understood; name a salt ({', '.join(salts())}), a route (IV, IM, "
            "by mouth), 'over', 'every', 'for'."
        )
    value = float(amount[1])
    if not math.isfinite(value) or value < 0:
        raise Mistake(f"{where}: {amount[1]} {amount[2]} is below zero; a dose or rate is zero or more.")
    salt = found or salt or "magnesium"
    mmol = value * magnesium_in(salt, amount[2], clause)
    if amount[3] and not amount[3].startswith("h"):
        mmol /= 24.0
    part = Part(
        mmol, bool(amount[3]), way or route, salt, span(over), ii, int(counted[1]) if counted else None, span(lasting)
    )
    return checked(part, where)


def one_of(words: dict[str, str], text: str) -> tuple[str, str]:
    """The longest known word in the text and the text without it."""
    for word in sorted(words, key=len, reverse=True):
        match, rest = take(re.escape(word), text)
        if match:
            return words[word], rest
    return "", text


def span(match: re.Match | None) -> float | None:
    return float(match[1]) * HOURS[match[2]] if match else None


def magnesium_in(salt: str, unit: str, clause: str) -> float:
    """mmol of magnesium in one unit: grams of a named salt are grams of salt, unless the clause says 'magnesium as'."""
    elemental = salt == "magnesium" or re.search(r"magnesium\s+as\b|elemental", clause)
    if unit in ("mmol", "meq") or elemental:
        return MMOL[unit]
    return float(salts()[salt]["mmol_per_gram"]) * (1.0 if unit == "g" else 0.001)


def checked(part: Part, where: str) -> Part:
    salt = salts()[part.salt]
    if not part.route:
        part.route = "iv" if part.per_hour or part.over is not None else ""
        if not part.route:
            raise Mistake(f"{where}: says no route; write IV, IM or by mouth.")
    allowed = "iv im oral" if part.salt == "magnesium" else salt["routes"]
    if part.route not in allowed.split():
        raise Mistake(f"{where}: {part.salt} is not given {part.route.upper()}; it is given {salt['routes']}.")
    if part.route == "iv" and not part.per_hour and part.over is None:
        raise Mistake(f"{where}: an IV dose needs 'over', for example 'over 20 min'.")
    if part.per_hour and (part.lasting is None or part.over is not None):
        raise Mistake(f"{where}: a rate needs 'for' (how long), for example '1 g/h for 24 h', and no 'over'.")
    if any(x is not None and x <= 0 for x in (part.over, part.every, part.lasting, part.times)):
        raise Mistake(f"{where}: a duration, interval or number of doses is zero or below.")
    if not part.per_hour and (part.lasting or part.times) and part.every is None:
        raise Mistake(f"{where}: 'for' needs how often, for example 'every 8 h'.")
    if part.every and not (part.lasting or part.times):
        raise Mistake(f"{where}: 'every' needs how long, for example 'for 5 d' or 'for 6 doses'.")
    if part.every and part.over and part.over > part.every:
        raise Mistake(
            f"{where}: a dose given over {part.over:g} h would still run when the next starts after {part.every:g} h."
        )
    return part


def part_length(part: Part) -> float:
    if part.per_hour:
        return part.lasting or 0.0
    return repeats(part) * (part.every or 0.0) if part.every else (part.over or 0.0)


def repeats(part: Part) -> int:
    return part.times or max(1, math.ceil((part.lasting or 0.0) / (part.every or 1.0) - 1e-9))


def part_rows(part: Part, at: float, where: str) -> list[dict]:
    base = {"time": at, "ii": part.every or 0.0, "addl": repeats(part) - 1 if part.every else 0}
    if part.per_hour:
        return [{**base, "amt": part.mmol * (part.lasting or 0.0), "rate": part.mmol, "cmt": "central"}]
    if part.route == "iv":
        return [{**base, "amt": part.mmol, "rate": part.mmol / (part.over or 1.0), "cmt": "central"}]
    if part.route == "im":
        return [{**base, "amt": part.mmol, "rate": 0.0, "cmt": "depot"}]
    share = float(salts()[part.salt]["soluble_share"])
    rows = [{**base, "amt": part.mmol * share, "rate": 0.0, "cmt": "stomach"}]
    return rows + ([{**base, "amt": part.mmol * (1 - share), "rate": 0.0, "cmt": "tablet"}] if share < 1 else [])


def event_rows(rows: list[dict], where: str = "doses") -> list[dict]:
    """An event table as given, checked: missing columns filled, every wrong cell named."""
    checked_rows = []
    for i, given in enumerate(rows):
        here = f"{where}[{i}]"
        row = {"time": 0.0, "rate": 0.0, "cmt": "central", "ii": 0.0, "addl": 0, **given}
        if unknown := set(row) - {*COLUMNS}:
            raise Mistake(f"{here}: column {', '.join(sorted(unknown))} is not one of {', '.join(COLUMNS)}.")
        if "amt" not in given:
            raise Mistake(f"{here}.amt is missing; write mmol of magnesium.")
        for column in ("time", "amt", "rate", "ii", "addl"):
            value = np.asarray(row[column])
            if value.dtype.kind not in "iuf" or not np.isfinite(value).all():
                raise Mistake(f"{here}.{column} is not a number.")
            if (value < 0).any() and column != "time":
                raise Mistake(f"{here}.{column} is below zero; it is zero or more.")
        if row["cmt"] not in POOLS:
            raise Mistake(f"{here}.cmt is '{row['cmt']}'; it is one of {', '.join(POOLS)}.")
        if np.any(np.asarray(row["rate"]) > 0) and row["cmt"] != "central":
            raise Mistake(f"{here}.rate: only central (a vein) takes a rate; the others take the dose at once.")
        if row["addl"] and not row["ii"]:
            raise Mistake(f"{here}.addl says the dose repeats, but ii (hours between) is zero.")
        checked_rows.append(row)
    return checked_rows
