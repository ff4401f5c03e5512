"""What the words beside a concept say of it: denied, in doubt, over, a relative's, long-standing.

A cue speaks for the concepts before or after it, as far as the sentence part goes: a full stop, a semicolon or a word
such as "but", "on" or "has" ends it. A comma ends it too, unless a list runs on to an "or" or "and", or the cue is one
that opens lists ("denies") or stands before a colon ("past history: seizures, syncope"). What stands behind a comma
after "no" without such a list is in doubt, not denied: "no fever, seizure" may say either.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from hypomag.recognise.lexicon import Cue, Meaning
from hypomag.recognise.tokens import WORD

LIST_WORDS = {"or", "nor", "and"}
FULL, WEAK = 2, 1


class Flags(NamedTuple):
    """How a concept is said: negated 1, 0, or None where it is in doubt or only supposed."""

    negated: int | None
    past: int
    family: int
    long: bool


Span = tuple[int, int, Meaning]


def walls(flat_text: str) -> list[int]:
    """What parts each word from the one before it: FULL (; line end, full stop), WEAK (comma, closing bracket), 0."""
    found, last, was_mark = [], 0, False
    for match in WORD.finditer(flat_text):
        between = flat_text[last : match.start()]
        is_mark = match.group() in ";|\n"
        if is_mark or was_mark or ". " in between:
            found.append(FULL)
        else:
            found.append(WEAK if "," in between or ")" in between else 0)
        last, was_mark = match.end(), is_mark
    return found


def colons(flat_text: str) -> set[int]:
    """The words with a colon before them."""
    if ":" not in flat_text:
        return set()
    matches = list(WORD.finditer(flat_text))
    ends = [0, *(match.end() for match in matches)]
    return {n for n, match in enumerate(matches) if ":" in flat_text[ends[n] : match.start()]}


class Sentence:
    """The words of one text with the concepts and cues in it; says of each concept how it is meant."""

    def __init__(self, flat_text: str, text_words: list[str], spans: list[Span], concepts: set[int]) -> None:
        self.words = text_words
        self.walls = walls(flat_text)
        self.colons = colons(flat_text)
        self.starts = {start: (stop, meaning) for start, stop, meaning in spans}
        self.ends = {stop: start for start, stop, _ in spans}
        self.concepts = concepts  # where a concept that this table speaks of starts
        self.effects: dict[int, set[str]] = {start: set() for start in concepts}
        for start, stop, meaning in spans:
            for cue in meaning.cues:
                self._speak(cue, start, stop)

    def flags(self, start: int, kind: str, lasts: bool) -> Flags:
        """How the concept of a kind that starts at word `start` is meant; `lasts`: a history of it does not end it."""
        effects = self.effects[start]
        negated: int | None = 1 if "denied" in effects or "allergy" in effects else 0
        if "doubtful" in effects or ("feared" in effects and kind != "drug"):
            negated = None
        past = "over" in effects or ("history" in effects and not lasts)
        return Flags(negated, int(past), int("family" in effects), "long" in effects)

    def _speak(self, cue: Cue, start: int, stop: int) -> None:
        if cue.place == "beside":
            reached = [(self.ends[start], cue.effect)] if self.ends.get(start) in self.concepts else []
        elif cue.place == "after":
            reached = list(self._before(cue, start))
            if not reached and self._stands_alone(start, stop):
                reached = list(self._before(cue, start, 1))
        else:
            is_last = stop == len(self.words) or self.walls[stop] != 0
            reached = [] if is_last else list(self._after(cue, stop))
            if not reached and (cue.place == "either" or (is_last and cue.effect == "denied")):
                reached = list(self._before(cue, start))  # "epilepsy in mother", "seizure: no"
        for concept, effect in reached:
            self.effects[concept].add(effect)

    def _breaks(self, place: int, cue: Cue) -> bool:
        """Whether the word at `place` ends what `cue` speaks of."""
        if place not in self.starts:
            return False
        cues = self.starts[place][1].cues
        effects = {other.effect for other in cues}
        is_same_again = any(other.effect == cue.effect and other.place == cue.place == "before" for other in cues)
        if is_same_again or "breaks_all" in effects:
            return True
        return "breaks" in effects and cue.effect not in ("family", "long")

    def _after(self, cue: Cue, place: int) -> Iterator[tuple[int, str]]:
        effect = cue.effect
        through_commas, is_first = cue.through_commas, True
        while place < len(self.words):
            wall = self.walls[place]
            if wall == FULL or self._breaks(place, cue):
                return
            through_commas |= is_first and place in self.colons
            if wall == WEAK and not through_commas and not self._list_goes_on(place, cue):
                if cue.effect != "denied" or self._part_breaks(place, cue):
                    return
                effect = "doubtful"
            if place in self.concepts:
                yield place, effect
                is_first = False
            place = self.starts[place][0] if place in self.starts else place + 1

    def _before(self, cue: Cue, place: int, commas: int = 0) -> Iterator[tuple[int, str]]:
        while place > 0:
            wall = self.walls[place] if place < len(self.walls) else 0
            if wall == FULL or (wall == WEAK and commas == 0):
                return
            commas -= wall == WEAK
            place = self.ends.get(place, place - 1)
            if self._breaks(place, cue):
                return
            if place in self.concepts:
                yield place, cue.effect

    def _list_goes_on(self, place: int, cue: Cue) -> bool:
        while place < len(self.words) and self.walls[place] != FULL and not self._breaks(place, cue):
            if self.words[place] in LIST_WORDS:
                return True
            place += 1
        return False

    def _part_breaks(self, place: int, cue: Cue) -> bool:
        """Whether the part between commas that starts at `place` speaks for itself: "no pain, seizure today"."""
        while not self._breaks(place, cue):
            place += 1
            if place == len(self.words) or self.walls[place]:
                return False
        return True

    def _stands_alone(self, start: int, stop: int) -> bool:
        """Whether the part between commas that holds this cue names no concept: "sepsis, resolved"."""
        while stop < len(self.words) and self.walls[stop] == 0:
            if stop in self.concepts:
                return False
            stop += 1
        return self.walls[start] == WEAK
