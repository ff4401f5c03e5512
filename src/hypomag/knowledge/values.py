"""The kinds a knowledge column may have: how each reads its text, and the SQL type it has for the rules.

Every reader takes the text of one cell (never empty) and gives the value the rules see, or raises ValueError with the
end of a sentence: "... is not a whole number".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

SCALE = 10_000  # values, limits and probabilities are whole 1/10000 for the rules
SECONDS = {"minutes": 60, "hours": 3_600, "days": 86_400}

# The shape of a code in each system. A shape is not a proof that the code exists.
CODE_SHAPES = {
    "loinc": r"\d{1,5}-\d",
    "icd10cm": r"[A-Z]\d[0-9AB](\.[0-9A-Z]{1,4})?",
    "icd9cm": r"(\d{3}|V\d{2})(\.\d{1,2})?|E\d{3}(\.\d)?",
    "atc": r"[ABCDGHJLMNPRSV](\d\d([A-Z]([A-Z](\d\d)?)?)?)?",
    "rxnorm": r"[1-9]\d{0,7}",
    "snomed": r"[1-9]\d{5,17}",
    "hpo": r"HP:\d{7}",
}
_SHAPES = {system: re.compile(shape) for system, shape in CODE_SHAPES.items()}
_ID = re.compile(r"[a-z][a-z0-9_]*")
_KEY = re.compile(r"[A-Z][A-Z0-9-]*")
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


class KnowledgeError(Exception):
    """A file of the knowledge cannot be trusted. The message names file, line and mend."""


def code_of(system: str, text: str) -> str:
    """`text` as a code of `system`, refused where its shape is wrong."""
    if system not in _SHAPES:
        raise ValueError(f"has no known code system {system!r} (known: {', '.join(sorted(_SHAPES))})")
    if not _SHAPES[system].fullmatch(text):
        raise ValueError(f"has not the shape of a {system} code")
    if system == "loinc" and not _loinc_digit_fits(text):
        raise ValueError("has a wrong LOINC check digit")
    return text


def _loinc_digit_fits(code: str) -> bool:
    digits, check = code.split("-")
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return (10 - total % 10) % 10 == int(check)


def whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("is not a whole number") from None


def decimal(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError("is not a number") from None
    if not value.is_finite():
        raise ValueError("is not a finite number")
    return value


def scaled(text: str, scale: int = SCALE) -> int:
    """A decimal as whole 1/scale, refused where digits would be lost."""
    value = decimal(text) * scale
    if value != value.to_integral_value():
        raise ValueError(f"has more digits than 1/{scale} holds")
    return int(value)


def seconds(text: str, unit: str) -> int:
    """A time in minutes, hours or days as whole seconds."""
    value = decimal(text) * SECONDS[unit]
    if value != value.to_integral_value():
        raise ValueError("is not a whole number of seconds")
    return int(value)


def _shaped(pattern: re.Pattern[str], says: str) -> Callable[[str], str]:
    def reads(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(says)
        return text

    return reads


def _flag(text: str) -> int:
    if text not in ("0", "1"):
        raise ValueError("is not a flag: write 0 or 1")
    return int(text)


def _choice(kind: str) -> Callable[[str], str]:
    allowed = kind.removeprefix("choice[").removesuffix("]").split("|")
    known = frozenset(allowed)

    def reads(text: str) -> str:
        if text not in known:
            raise ValueError(f"is none of {', '.join(allowed)}")
        return text

    return reads


PLAIN: dict[str, tuple[str, Callable[[str], Any]]] = {
    "id": ("text", _shaped(_ID, "is not an id: small letters, digits and _, a letter first")),
    "source": ("text", _shaped(_KEY, "is not a source key: capitals, digits and -, a letter first")),
    "text": ("text", str),
    "int": ("bigint", whole),
    "real": ("double", lambda text: float(decimal(text))),
    "flag": ("bigint", _flag),
    "scaled": ("bigint", scaled),
    "minutes": ("bigint", lambda text: seconds(text, "minutes")),
    "hours": ("bigint", lambda text: seconds(text, "hours")),
    "days": ("bigint", lambda text: seconds(text, "days")),
    "sources": ("text", str),
    "standing": ("text", _choice("choice[seen|judgement|recall]")),
    "date": ("text", _shaped(_DATE, "is not a date: write year-month-day")),
}


def reader(kind: str) -> tuple[str, Callable[[str], Any]]:
    """The SQL type and the reader of a kind; `code:*` and `ref:*` are checked across columns and tables later."""
    if kind in PLAIN:
        return PLAIN[kind]
    if kind.startswith("choice["):
        return "text", _choice(kind)
    if kind.startswith("code:"):
        system = kind.removeprefix("code:")
        return "text", str if system.startswith("@") else lambda text: code_of(system, text)
    if kind.startswith("ref:"):
        return "text", str
    raise ValueError(f"has the unknown kind {kind!r}")
