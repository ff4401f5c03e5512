"""What people write in one line, taken apart: "1.3 mg/dL (1.6-2.6)", "<0.5 mmol/L", "250 mg twice daily".

Only what reads in one way is taken apart; everything else stays text. No unit is converted.
"""

from __future__ import annotations

import re
from typing import NamedTuple

NUMBER = r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,2})?"
# mg/dL, %, mmol/24 h, mm Hg, [pH], /min
UNIT = r"[^\W\d_][^\s(),;<>]*(?: (?:Hg|h|hours)(?!\w))?|%|\[[^\s()]+|/[^\W\d_]+"
COMPARATORS = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "≤": "<=", "≥": ">="}
RESULT = re.compile(
    rf"(?P<comparator><=|>=|[<>≤≥])?\s*(?P<value>{NUMBER})\s*(?P<unit>{UNIT})?(?:\s*[\[(](?P<range>[^()\[\]]*)[\])])?"
)
BETWEEN = re.compile(rf"(?P<low>{NUMBER})\s*(?:-|–|to)\s*(?P<high>{NUMBER})\s*(?P<unit>{UNIT})?")
ONE_SIDED = re.compile(rf"(?P<side><=?|≤|>=?|≥)\s*(?P<limit>{NUMBER})\s*(?P<unit>{UNIT})?")
DOSE = re.compile(rf"(?P<dose>{NUMBER})\s*(?P<unit>[^\W\d_%][^\s(),;]*)\s*(?P<rest>.*)")

TIMES = {"once": 1, "twice": 2, "thrice": 3, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
A_DAY = r"(?:daily|a day|per day|every day|each day)"
FREQUENCIES = {
    "bid": 2, "b.i.d.": 2, "bd": 2, "tid": 3, "t.i.d.": 3, "tds": 3, "qid": 4, "q.i.d.": 4, "qds": 4,
    "daily": 1, "qd": 1, "od": 1, "nightly": 1, "nocte": 1, "at night": 1, "at bedtime": 1,
    "in the morning": 1, "in the evening": 1, "every day": 1, "every morning": 1, "every night": 1,
    "per day": 1, "a day": 1,
    "every other day": 0.5, "on alternate days": 0.5, "alternate days": 0.5,
    "weekly": 1 / 7, "once weekly": 1 / 7, "once a week": 1 / 7, "every week": 1 / 7,
}  # fmt: skip
COUNTED = re.compile(rf"(?:(?P<word>{'|'.join(TIMES)})|(?P<digits>\d+))(?: times| x)? {A_DAY}")
EVERY = re.compile(r"(?:every |q)(?P<hours>\d+) ?(?:h|hours|hourly)")


class Result(NamedTuple):
    """A number as written, with what stands around it."""

    value: float
    value_text: str
    comparator: str | None
    unit: str | None
    range: str | None


class Range(NamedTuple):
    """A reference range; the unit is None where the range itself names none."""

    low: float | None
    high: float | None
    unit: str | None


def result(text: str) -> Result | None:
    """ "<0.5 mg/dL (1.6-2.6)" taken apart, or None where the text is not a number with perhaps a unit."""
    found = RESULT.fullmatch(text.strip())
    if not found:
        return None
    comparator = COMPARATORS.get(found["comparator"])
    return Result(float(found["value"]), found["value"], comparator, found["unit"], found["range"])


def reference(text: str) -> Range | None:
    """ "1.6-2.6", "0.7 to 1.0 mmol/L", "<5" as a reference range, or None."""
    text = text.strip()
    if found := BETWEEN.fullmatch(text):
        low, high = float(found["low"]), float(found["high"])
        return Range(low, high, found["unit"]) if low <= high else None
    if found := ONE_SIDED.fullmatch(text):
        limit = float(found["limit"])
        low_side = found["side"] in (">", ">=", "≥")
        return Range(limit if low_side else None, None if low_side else limit, found["unit"])
    return None


def dose(text: str) -> tuple[float | None, str | None, float | None]:
    """Dose, its unit as written and doses a day, from "220 mg/day" or "250 mg three times daily".

    All None where any part of the text is not understood ("40-120 mg/day", "15 mg/day (median)").
    """
    found = DOSE.fullmatch(text.strip())
    if not found:
        return None, None, None
    rest = found["rest"].strip()
    often = frequency(rest)
    if rest and often is None:
        return None, None, None
    return float(found["dose"]), found["unit"], often


def frequency(text: str) -> float | None:
    """Doses a day from "twice daily", "every 8 hours", "tid"; None where it is not understood."""
    text = " ".join(text.lower().split())
    if text in FREQUENCIES:
        return float(FREQUENCIES[text])
    if found := COUNTED.fullmatch(text):
        return float(TIMES[found["word"]] if found["word"] else int(found["digits"]))
    if (found := EVERY.fullmatch(text)) and int(found["hours"]) > 0:
        return 24 / int(found["hours"])
    return None


# Words of a typed dose: the units in which drugs are counted, and where they go in.
DOSED_IN = r"(?:mg|g|mcg|µg|μg|ug|ng|kg|mmol|meq|mEq|units?|U|IU|mL|ml|L|tablets?|tabs?|capsules?|caps?|puffs?|drops?)"
ROUTES = r"oral|orally|by mouth|po|iv|intravenous(?:ly)?|im|intramuscular(?:ly)?|sc|subcutaneous(?:ly)?|inhaled|topical"
ENDINGS = {  # what may stand after the name of a drug, in any order, taken off from the right
    "until": re.compile(r"(.*\S) (?:until|stopped(?: in| on)?) (\d{4}\S*)"),
    "since": re.compile(r"(.*\S) since (\d{4}\S*)"),
    "lasting": re.compile(r"(.*\S) for (\d+ (?:days?|weeks?|months?|years?))"),
    "route": re.compile(rf"(.*\S) ({ROUTES})", re.IGNORECASE),
    "dose": re.compile(rf"(.*\S) ({NUMBER} ?{DOSED_IN}(?:/[^\W\d_]+)*)"),
}
DATED = re.compile(r"(?P<text>\S.*?)\s+(?:since|in|on)\s+(?P<when>\d{4}(?:-\d\d(?:-\d\d)?)?)")


class Drug(NamedTuple):
    """A drug as somebody types it."""

    name: str
    dose_text: str | None = None  # dose and how often, as typed
    dose: float | None = None
    dose_unit: str | None = None
    frequency: float | None = None
    route: str | None = None
    lasting: str | None = None
    since: str | None = None
    until: str | None = None
    stopped: bool = False


def drug(text: str) -> Drug:
    """ "omeprazole 20 mg oral daily since 2019" taken apart; a part that is not understood stays with the name."""
    name = " ".join(text.split())
    stopped = " stopped " in name
    parts: dict[str, str] = {}
    while True:
        for part, pattern in ENDINGS.items():
            if part not in parts and (found := pattern.fullmatch(name)):
                name, parts[part] = found.groups()
                break
        else:
            words = name.split(" ")
            often = [n for n in range(1, len(words)) if frequency(" ".join(words[n:])) is not None]
            if not often or "often" in parts:
                break
            name, parts["often"] = " ".join(words[: often[0]]), " ".join(words[often[0] :])
    amount, unit, _ = dose(parts.get("dose", ""))
    return Drug(
        name, " ".join([parts[p] for p in ("dose", "often") if p in parts]) or None, amount, unit,
        frequency(parts.get("often", "")), parts.get("route"), parts.get("lasting"), parts.get("since"),
        parts.get("until"), stopped and "until" in parts,
    )  # fmt: skip


def dated(text: str) -> tuple[str, str | None]:
    """ "total thyroidectomy in 2010" as what and when; the whole text and None where it names no time."""
    found = DATED.fullmatch(text.strip())
    return (found["text"], found["when"]) if found else (text.strip(), None)
