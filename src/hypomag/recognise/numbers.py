"""The number that follows a test named in a text: "QTc 539 ms", "Mg 1.2 mg/dL", "QT/QTc 440/512 ms"."""

from __future__ import annotations

import re
from typing import NamedTuple

from hypomag.recognise.lexicon import Lexicon

_LINK = r"[\s:=(~-]*(?:(?:is|was|of|at|level|value|measured|interval|about|approximately)\b[\s:=(]*)*"
_NUMBER = r"\d++(?:[.,]\d++)*+"
_FOLLOWS = re.compile(rf"{_LINK}(?P<sign>[<>]=?)?\s*(?P<numbers>{_NUMBER}(?:\s?/\s?{_NUMBER})*+)(?!\+|\s?-\s?\d)\s?")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_UNIT = re.compile(r"[^\s,;()]+(?: ?(?:hg|h|m2|hours|ml))?")
# A number with one of these is a dose or a time and no result.
_DOSE_OR_TIME = re.compile(
    r"(m?g|gram|mcg|ug|ml|mmol|meq|tab|tablet|x|time|unit|d|day|h|hr|hour|wk|week|month|yr|year)s?"
)


class Reading(NamedTuple):
    """A number as written, its UCUM unit ("" where none is given) and its comparator ("" for none)."""

    value: float | None
    unit: str
    comparator: str


def _number(text: str) -> float:
    return float(text.replace(",", "") if _THOUSANDS.fullmatch(text) else text.replace(",", "."))


def readings(flat_text: str, place: int, analytes: list[str], lexicon: Lexicon) -> list[Reading] | None:
    """The numbers after `place`, one for each analyte named with strokes between; None where there are none.

    A range (480-500), a dose (400 mg) and a unit that is none of the analyte's give None.
    """
    found = _FOLLOWS.match(flat_text, place)
    if not found or (found["numbers"].count(",") and found["numbers"].endswith(",")):
        return None
    numbers = [part.strip() for part in found["numbers"].split("/")]
    if len(numbers) != len(analytes) or any(n.count(",") + n.count(".") > 1 for n in numbers):
        return None
    unit = ""
    written = _UNIT.match(flat_text, found.end())
    if written:
        text = written.group().rstrip(".")
        unit = lexicon.unit_words.get(text) or lexicon.unit_words.get(text.split(" ")[0]) or ""
        if _DOSE_OR_TIME.fullmatch(text.split(" ")[0]) or (
            unit and any((a, unit) not in lexicon.units for a in analytes)
        ):
            return None
    return [Reading(_number(n), unit, found["sign"] or "") for n in numbers]


def canonical(reading: Reading, analyte: str, lexicon: Lexicon) -> float | None:
    """The value in the analyte's own unit, for what needs no specimen (QTc, heart rate); None for a laboratory test.

    Without a unit it counts only where it is plausible in exactly one unit of the analyte.
    """
    if lexicon.analytes[analyte]["specimen"] != "none":
        return None
    unit = reading.unit
    if not unit:
        fits = [u for (a, u), (low, high) in lexicon.plausible.items() if a == analyte and low <= reading.value <= high]
        if len(fits) != 1:
            return None
        [unit] = fits
    return reading.value * lexicon.units[analyte, unit] / SCALE


SCALE = 10_000  # units.csv converts to whole 1/10000 of the canonical unit
