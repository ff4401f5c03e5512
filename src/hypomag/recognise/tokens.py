"""A text cut into words that are written one way: small letters, no accents, one spelling, singular.

The same cutting is done to the words of the knowledge and to the words of a record, so that "Hypomagnesaemia" finds
"hypomagnesemia" and "Crohns" finds "Crohn's". It is for finding only; nothing of it is ever shown.
"""

from __future__ import annotations

import re
import unicodedata

WORD = re.compile(r"\d+(?:[.,]\d+)*|[a-z][a-z0-9]*|[;?\n|]")
_ASKED = re.compile(r"\?(?=\w)")
_S_FOR_Z = re.compile(r"([iy])s(e|ed|ing|er|ation)$")
_SIGNS = str.maketrans({"µ": "u", "μ": "u", "’": "'", "‘": "'", "–": "-", "—": "-", "−": "-", "_": " "})
_NO_PLURAL = {"fits", "aids", "ectopics"}  # each means something else than the word without its s
_KEPT = 200_000  # spellings remembered before starting afresh; bounds the memory of a long-lived service


def flat(text: str) -> str:
    """`text` in small letters without accents and possessives; a question mark before a word becomes "query"."""
    if not text.isascii():
        text = text.translate(_SIGNS).replace("≥", ">=").replace("≤", "<=")
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    text = text.lower().replace("_", " ")
    if "'" in text:
        text = text.replace("'s", "").replace("'", "")
    if "?" in text:
        text = _ASKED.sub(" query ", text)
    if "(-)" in text:
        text = text.replace("(-)", " ruled out ")
    return text


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    return word if word[-2] in "siu" else word[:-1]


def one_spelling(word: str) -> str:
    """One spelling of a word: singular, American, without the last e of a long word (omeprazol, furosemid)."""
    if not word[0].isalpha():
        return word
    if len(word) > 3 and word[-1] == "s" and word not in _NO_PLURAL:
        word = _singular(word)
    word = word.replace("ae", "e").replace("oe", "e").replace("sulph", "sulf")
    if len(word) > 5:
        word = _S_FOR_Z.sub(r"\1z\2", word.replace("our", "or"))
    return word[:-1] if len(word) > 6 and word[-1] == "e" else word


class Spellings(dict[str, str]):
    """Words already cut: word -> its one spelling."""

    def __missing__(self, word: str) -> str:
        if len(self) > _KEPT:
            self.clear()
        spelling = self[word] = one_spelling(word)
        return spelling


_spelling = Spellings().__getitem__


def words(flat_text: str) -> list[str]:
    """The words of a flat text in one spelling; numbers as written; ; ? | and line ends stand as words."""
    return list(map(_spelling, WORD.findall(flat_text)))


def words_of_term(term: str) -> set[tuple[str, ...]]:
    """The ways a term may be cut: a hyphen may part two words or join them."""
    ways = {tuple(words(flat(term)))}
    if "-" in term:
        ways.add(tuple(words(flat(term.replace("-", "")))))
    return ways
