"""What an option says in words: no abbreviation, no vessel, and no more grams than its figures."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hypomag.check.amounts import ROUNDING, most
from hypomag.check.known import Row, ceiling

NEVER_WRITTEN = re.compile(r"(?i:\bMg?SO[4₄]|\bamps?\b)|\bMS\b")
GRAMS_IN_WORDS = re.compile(r"(\d+(?:\.\d+)?)(?: to (\d+(?:\.\d+)?))? g\b(?!/h)")


def words(option: Row) -> Iterator[str]:
    text = " ".join([option["text"], option["line"], *option["limits"]])
    products = " ".join(f"{product['name']} {product['unit']}" for product in option["products"])
    if NEVER_WRITTEN.search(f"{text} {option['title']} {option['product'] or ''} {products}"):
        yield "an abbreviation or a vessel stands where magnesium sulfate and grams belong"
    said = [float(n) for match in GRAMS_IN_WORDS.findall(text) for n in match if n]
    top = most(option, "grams")
    allowed = max(n for n in (top, ceiling("kidney_before_level")["grams"]) if n is not None)
    for grams in said:
        if grams > allowed * (1 + ROUNDING):
            yield f"the words say {grams:g} g where the plan says {top}"
