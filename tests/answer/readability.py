"""How hard a text is to read: the published formulas over counts that add up, so that every combination can be looked at.

Flesch-Kincaid (Kincaid 1975), automated readability index (Smith and Senter 1967), Coleman-Liau (1975). A number or a unit
is one word as written; each digit is a syllable. textstat holds the same two formulas that need no dictionary: the judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

import numpy as np

WORD = re.compile(r"[A-Za-z0-9][\w./%'-]*")
MORE = {"magnesium": 4, "potassium": 4, "calcium": 3, "changes": 2, "twitches": 2}
SPLIT = re.compile(r"ia(?!l)|iu|io(?!n)|eo(?!p)|ua(?=r|l)|ie(?=t)|ying|eing|oing")


@cache
def syllables(word: str) -> int:
    plain = word.lower().strip(".'-")
    if plain in MORE:
        return MORE[plain]
    if re.search(r"\d", plain):
        return sum(c.isdigit() or c == "." for c in plain)
    if "/" in plain:
        return 2
    stem = re.sub(r"(?<=[^aeiouytd])ed$|(?<=[^aeiouysxzcg])es$|(?<=[^aeiouyl])e$|(?<=[aeiouy]l)e$", "", plain)
    stem = re.sub(r"(?<=[^h])es$", "es", stem)
    return max(1, len(re.findall(r"[aeiouy]+", stem)) + len(SPLIT.findall(stem)))


def counts(texts: Iterable[str]) -> np.ndarray:
    """Sentences, words, characters, letters and syllables of sentences, each as a whole number."""
    total = np.zeros(5, dtype=np.int64)
    for text in texts:
        words = [w.rstrip(".") for w in WORD.findall(text)]
        ends = len(re.findall(r"[.!?](?=\s|$|\")", text)) or 1
        total += (
            ends,
            len(words),
            sum(not c.isspace() for c in text),
            sum(sum(c.isalpha() for c in w) for w in words),
            sum(syllables(w) for w in words),
        )
    return total


def grades(total: np.ndarray) -> dict[str, np.ndarray]:
    """School grades by formula; the last axis holds counts."""
    sentences, words, characters, letters, syllable = (total[..., n].astype(float) for n in range(5))
    return {
        "Flesch-Kincaid": 0.39 * words / sentences + 11.8 * syllable / words - 15.59,
        "automated readability index": 4.71 * characters / words + 0.5 * words / sentences - 21.43,
        "Coleman-Liau": 5.88 * letters / words - 29.6 * sentences / words - 15.8,
    }
