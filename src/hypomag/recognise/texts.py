"""One text to the concepts it names and how it means them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from hypomag.knowledge import Knowledge
from hypomag.recognise.lexicon import READS, Lexicon, Meaning, Named
from hypomag.recognise.numbers import Reading, canonical, readings
from hypomag.recognise.scope import Sentence
from hypomag.recognise.tokens import WORD, flat, words

OTHER_TEST = "other_test"  # a test that is known by name and has no row in analytes
OWN_TEXT = ("observations", "orders")  # where a test is named by a text of its own, without a number
JUDGED = set(READS) - {"allergies", "specimens"}  # an allergy to a drug is what an allergy list says
FINDINGS = "findings"  # "name: value" of an observation with a result in words
UNKNOWN = "unknown"  # a specimen that the text names in words unknown here
BLOOD = {"serum", "blood", "whole_blood"}
REMEMBERED = 100_000
_DIGIT = re.compile(r"\d")


class Said(NamedTuple):
    """A concept that a text names, and how.

    negated: 1 denied, 0 stated, None in doubt or only supposed. value, unit, comparator: the number beside a test as
    written (UCUM unit, "" where none). says_specimen: 1 where the text itself says from what the sample was.
    """

    kind: str
    text: str
    concept: str
    concept_kind: str
    negated: int | None = 0
    past: int = 0
    family: int = 0
    value: float | None = None
    says_specimen: int = 0
    unit: str = ""
    comparator: str = ""


class Hit(NamedTuple):
    """One concept where it stands in a text: its first word, the word after its last, and what is known of it."""

    start: int
    stop: int
    named: Named
    says_specimen: int = 0
    number: Reading | None = None


Span = tuple[int, int, Meaning]


class Texts:
    """Finds the concepts of texts. Built once a knowledge; the last 100,000 texts are remembered."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.lexicon = Lexicon(knowledge)
        self.read = lru_cache(maxsize=REMEMBERED)(self._read)

    def _read(self, kind: str, text: str) -> tuple[tuple[Said, ...], bool]:
        """What `text`, from the record table `kind`, names; and whether any of its words is known at all."""
        flat_text = flat(text)
        text_words = words(flat_text)
        spans = self.lexicon.spans(text_words)
        hits = [Hit(start, stop, n) for start, stop, meaning in spans for n in meaning.by_table.get(kind, ())]
        asked: set[Hit] = set()
        if kind == FINDINGS:
            hits, asked = _answered(text, spans, hits)
        if kind == "values" and len(text_words) > 1:  # the flag "L" is no part of "mEq/L"
            hits = [hit for hit in hits if hit.stop - hit.start > 1 or len(text_words[hit.start]) > 1]
        if not hits:
            return (), any(meaning.is_idle for _, _, meaning in spans)
        if any(hit.named.kind == "analyte" for hit in hits):
            hits = self._tests(kind, text_words, spans, self._with_numbers(flat_text, hits))
        found = self._said(kind, text, flat_text, text_words, spans, hits)
        if asked:
            pairs = zip(found, hits, strict=True)
            found = [said._replace(negated=said.negated or None) if hit in asked else said for said, hit in pairs]
        return _strongest(found), bool(hits)

    def _said(
        self, kind: str, text: str, flat_text: str, text_words: list[str], spans: list[Span], hits: list[Hit]
    ) -> list[Said]:
        if kind == "values" and _DIGIT.search(
            flat_text
        ):  # "2,3 mmol/L", "low 2,3": the number was not read, so no word is
            return [_one(kind, text, hit, hit.named.concept)._replace(negated=None) for hit in hits]
        if kind not in JUDGED or not any(meaning.cues for _, _, meaning in spans):
            return [_one(kind, text, hit, hit.named.concept) for hit in hits]
        sentence = Sentence(flat_text, text_words, spans, {hit.start for hit in hits})
        found = []
        for hit in hits:
            concept, when_long = hit.named.concept, hit.named.when_long
            flags = sentence.flags(hit.start, hit.named.kind, concept in self.lexicon.lasting)
            concept = when_long if flags.long and when_long else concept
            said = _one(kind, text, hit, concept)
            found.append(said._replace(negated=flags.negated, past=flags.past, family=flags.family))
        return found

    def _with_numbers(self, flat_text: str, hits: list[Hit]) -> list[Hit]:
        """The hits with the number after each test; "QT/QTc 440/512" gives each its own."""
        if not _DIGIT.search(flat_text):
            return hits
        tests = [hit for hit in hits if hit.named.kind == "analyte" and hit.named.concept != OTHER_TEST]
        numbers: dict[Hit, Reading] = {}
        ends = [match.span() for match in WORD.finditer(flat_text)]
        chain: list[Hit] = []
        for n, hit in enumerate(tests):
            chain.append(hit)
            after = ends[hit.stop - 1][1]
            if n + 1 < len(tests) and flat_text[after : ends[tests[n + 1].start][0]].strip() == "/":
                continue
            if not flat_text[: ends[chain[0].start][0]].rstrip()[-1:].isdigit():  # "20 mg 1 tablet" is no Mg of 1
                read = readings(flat_text, after, [each.named.concept for each in chain], self.lexicon)
                numbers |= dict(zip(chain, read or (), strict=False))
            chain = []
        return [hit._replace(number=numbers.get(hit)) for hit in hits]

    def _tests(self, kind: str, text_words: list[str], spans: list[Span], hits: list[Hit]) -> list[Hit]:
        """The hits with each test moved to the specimen that the text names; what is no result is left out.

        A test in a specimen that is not known here (glucose in urine, magnesium in fruit) becomes `other_test`, never
        the serum test. Two specimens in one text name none: the test is left out.
        """
        specimens = {meaning.specimen for _, _, meaning in spans if meaning.specimen}
        if not specimens and kind in OWN_TEXT and "in" in text_words:
            specimens = {UNKNOWN}
        specimens -= {"blood", "urine"} if "urine_24h" in specimens else {"blood"}
        is_whole = any(hit.named.symbol for hit in hits) and self._is_all_known(text_words, spans)
        tests = {hit.start for hit in hits if hit.named.kind == "analyte"}
        kept = []
        for hit in hits:
            named = hit.named
            if kind in OWN_TEXT and named.kind == "drug" and hit.start in tests:
                continue  # an order for "magnesium" is one for the test
            if named.kind != "analyte" or (named.concept == OTHER_TEST and kind in OWN_TEXT):
                kept.append(hit)
            elif named.concept == OTHER_TEST:
                continue
            elif hit.number or (kind in OWN_TEXT and (is_whole or not named.symbol)):
                if named.says_specimen:
                    kept.append(hit._replace(says_specimen=1))
                elif not specimens:
                    kept.append(hit)
                elif len(specimens) == 1:
                    kept.append(self._in_specimen(hit, *specimens))
        return kept

    def _is_all_known(self, text_words: list[str], spans: list[Span]) -> bool:
        """Whether every word means something or may stand beside a symbol: "Mg (mmol/L)", "Ca, Mg, PO4"."""
        covered = {n for start, stop, _ in spans for n in range(start, stop)}
        return all(n in covered or word in self.lexicon.neutral for n, word in enumerate(text_words))

    def _in_specimen(self, hit: Hit, specimen: str) -> Hit:
        """The hit as the same substance in `specimen`."""
        row = self.lexicon.analytes[hit.named.concept]
        moved = self.lexicon.analyte_in.get((row["substance"], specimen))
        if moved:
            return hit._replace(named=hit.named._replace(concept=moved), says_specimen=1)
        if row["specimen"] == "none" or (specimen in BLOOD and row["specimen"] in BLOOD):
            return hit
        return hit._replace(named=hit.named._replace(concept=OTHER_TEST), number=None)

    def needs_specimen(self, text: str) -> bool:
        """Whether the name of an observation is that of a laboratory test."""
        tests = [said.concept for said in self.read("observations", text)[0] if said.concept_kind == "analyte"]
        return any(self.lexicon.analytes[test]["specimen"] != "none" for test in tests)

    def row(self, said: Said) -> tuple[Any, ...]:
        """A row of the relation `said`. Its value is in the analyte's own unit, for what needs no specimen only."""
        value = None
        if said.value is not None:
            value = canonical(Reading(said.value, said.unit, said.comparator), said.concept, self.lexicon)
        return (*said[:7], value, said.comparator, said.says_specimen)


def _answered(text: str, spans: list[Span], hits: list[Hit]) -> tuple[list[Hit], set[Hit]]:
    """The hits in "name: value" that count, and those of them that are only asked about: named by the name and not by the
    value, which does not say yes either ("pregnancy status: not pregnant", "seizure: see letter").
    """
    name = len(words(flat(text.partition(": ")[0])))
    is_yes = any(
        start >= name and named.concept == "positive"
        for start, _, meaning in spans
        for named in meaning.by_table.get("values", ())
    )
    told = {hit.named.concept for hit in hits if hit.stop > name}
    kept = [hit for hit in hits if hit.stop > name or hit.named.concept not in told]
    return kept, set() if is_yes else {hit for hit in kept if hit.stop <= name}


def _strength(said: Said) -> int:
    """Present before past, in doubt, denied and a relative's: what a text says twice counts as it is said strongest."""
    if said.family:
        return 0
    if said.negated is None:
        return 2
    return 1 if said.negated else 4 - said.past


def _strongest(found: list[Said]) -> tuple[Said, ...]:
    """One row a concept, as it is said strongest; every number beside a test stays ("QTc 539, previous QTc 453")."""
    if len(found) < 2:
        return tuple(found)
    best: dict[tuple[str, str, float | None], Said] = {}
    for said in found:
        key = (said.concept, said.concept_kind, said.value)
        if key not in best or _strength(said) > _strength(best[key]):
            best[key] = said
    return tuple(best.values())


def _one(kind: str, text: str, hit: Hit, concept: str) -> Said:
    number = hit.number or Reading(None, "", "")
    return Said(
        kind, text, concept, hit.named.kind, value=number.value, says_specimen=hit.says_specimen,
        unit=number.unit, comparator=number.comparator,
    )  # fmt: skip
