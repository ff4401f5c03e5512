"""The hand-labelled phrases of labelled.tsv, and how often the matcher agrees with them.

`python -m tests.recognise.labelled` prints the table of docs/trust/words.md.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from hypomag import knowledge
from hypomag.recognise import Said, words_in

# Known by name and of no bearing; whether they are found is not what is measured.
APART = {"other_drug", "other_test"}
_SAYS = re.compile(r"(?P<concept>[a-z0-9_]+)(/(?P<flags>[nupf]+))?(@(?P<specimen>[a-z0-9_]+))?(=(?P<value>[\d.]+))?")


class Meant(NamedTuple):
    """One concept of a phrase. negated: 1, 0 or None (in doubt)."""

    concept: str
    negated: int | None = 0
    past: int = 0
    family: int = 0
    value: float | None = None
    says_specimen: int = 0


class Phrase(NamedTuple):
    """A labelled phrase: the half it belongs to, the record table it stands in, and what it says."""

    half: str
    kind: str
    text: str
    says: frozenset[Meant]


class Score(NamedTuple):
    """Concepts found and labelled, found only, labelled only; phrases, and phrases right in every flag and number."""

    both: int = 0
    found_only: int = 0
    labelled_only: int = 0
    phrases: int = 0
    exact: int = 0

    @property
    def precision(self) -> float:
        return self.both / (self.both + self.found_only)

    @property
    def recall(self) -> float:
        return self.both / (self.both + self.labelled_only)


def _meant(says: str) -> Iterator[Meant]:
    for part in says.split():
        if part != "-":
            found = _SAYS.fullmatch(part)
            assert found, part
            flags = found["flags"] or ""
            negated = 1 if "n" in flags else None if "u" in flags else 0
            value = float(found["value"]) if found["value"] else None
            says_specimen = int(found["specimen"] not in (None, "blood") and found["concept"] != "egfr")
            yield Meant(found["concept"], negated, int("p" in flags), int("f" in flags), value, says_specimen)


def phrases() -> list[Phrase]:
    """Every labelled phrase, in file order."""
    lines = (Path(__file__).parent / "labelled.tsv").read_text("utf-8").splitlines()[1:]
    return [Phrase(half, kind, text, frozenset(_meant(says))) for half, kind, text, says in map(_cells, lines)]


def _cells(line: str) -> list[str]:
    return line.split("\t")


def found_in(phrase: Phrase) -> frozenset[Meant]:
    """What the matcher finds in a phrase."""
    said = words_in(phrase.text, phrase.kind, knowledge.load())
    return frozenset(_as_meant(each) for each in said if each.concept not in APART)


def _as_meant(said: Said) -> Meant:
    return Meant(said.concept, said.negated, said.past, said.family, said.value, said.says_specimen)


def scores() -> dict[tuple[str, str], Score]:
    """Score by half and record table; table "all" for their sum."""
    counts: dict[tuple[str, str], Score] = defaultdict(Score)
    for phrase in phrases():
        found = found_in(phrase)
        have, want = {m.concept for m in found}, {m.concept for m in phrase.says}
        one = Score(len(have & want), len(have - want), len(want - have), 1, int(found == phrase.says))
        for key in ((phrase.half, phrase.kind), (phrase.half, "all")):
            counts[key] = Score(*map(sum, zip(counts[key], one, strict=True)))
    return dict(counts)


def main() -> None:
    print("| half | table | phrases | found and labelled | found only | labelled only | precision | recall | exact |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for (half, kind), s in sorted(scores().items()):
        print(
            f"| {half} | {kind} | {s.phrases} | {s.both} | {s.found_only} | {s.labelled_only} | "
            f"{s.precision:.3f} | {s.recall:.3f} | {s.exact} |"
        )


if __name__ == "__main__":
    main()
