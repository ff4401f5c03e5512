"""Codes to concepts: exact, or by the stem that a code begins with where the knowledge says so; dots do not matter.

A code that does not decide its concept (sure 0) is returned by `unsure` and never among the coded.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from hypomag.knowledge import Knowledge


class Coded(NamedTuple):
    """A code as the record writes it, and a concept it says."""

    system: str
    code: str
    concept: str
    concept_kind: str


class Codes:
    """Every code of the knowledge. Built once a knowledge."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._exact: dict[tuple[str, str], list[tuple[str, str, bool]]] = {}
        self._stems: dict[tuple[str, str], list[tuple[str, str, bool]]] = {}
        for row in knowledge.tables["codes"].dicts():
            key = (row["system"], _bare(row["code"]))
            place = self._stems if row["match"] == "prefix" else self._exact
            place.setdefault(key, []).append((row["concept"], row["concept_kind"], row["sure"] == 1))
        self._longest = max((len(code) for _, code in self._stems), default=0)
        self._looked_up = lru_cache(maxsize=100_000)(self._look_up)

    def sure(self, system: str, code: str) -> list[Coded]:
        """The concepts a code decides."""
        return [Coded(system, code, c, kind) for c, kind, sure in self._looked_up(system, code) if sure]

    def unsure(self, system: str, code: str) -> list[Coded]:
        """The concepts a code may stand for without deciding them: to be shown, never evidence."""
        return [Coded(system, code, c, kind) for c, kind, sure in self._looked_up(system, code) if not sure]

    def decides(self, system: str, code: str, kind: str) -> bool:
        """Whether the code stands for a concept of this kind."""
        return any(coded.concept_kind == kind for coded in self.sure(system, code))

    def knows(self, system: str, code: str) -> bool:
        """Whether the code stands in the knowledge, deciding or not."""
        return bool(self._looked_up(system, code))

    def _look_up(self, system: str, code: str) -> tuple[tuple[str, str, bool], ...]:
        bare = _bare(code)
        found = list(self._exact.get((system, bare), ()))
        for length in range(min(len(bare), self._longest), 0, -1):
            found += self._stems.get((system, bare[:length]), ())
        decided = {(concept, kind) for concept, kind, sure in found if sure}
        return tuple(dict.fromkeys(each for each in found if each[2] or (each[0], each[1]) not in decided))


def _bare(code: str) -> str:
    return code.replace(".", "").strip().upper()
