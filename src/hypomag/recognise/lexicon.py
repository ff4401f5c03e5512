"""Every word of the knowledge as a tree of words: what it names in which table, and what it says of its neighbours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hypomag.knowledge import Knowledge
from hypomag.recognise.tokens import flat, words, words_of_term

# Which kinds of words each table of a record may speak of. A drug named in a laboratory result is a level of it, a
# disease named in a prescription is what it is for. Not tables of their own: findings are the name of an observation and
# its result in words ("ECG: torsades"), values and notes the result and the remark of a laboratory.
READS = {
    "observations": {"analyte", "symptom", "rhythm", "condition"},
    "medications": {"drug", "drug_class"},
    "conditions": {"condition", "symptom", "rhythm", "procedure", "drug", "drug_class", "analyte"},
    "procedures": {"procedure", "condition", "drug", "drug_class"},
    "orders": {"analyte", "drug", "procedure"},
    "allergies": {"drug", "drug_class"},
    "findings": {"condition", "symptom", "rhythm", "procedure", "analyte"},
    "specimens": {"specimen"},
    "values": {"value"},
    "notes": {"value"},
}
READ_IN = {kind: [t for t, kinds in READS.items() if kind in kinds] for kind in set().union(*READS.values())}
END = ""  # no word is empty, so this key of a node holds what ends there


class Cue(NamedTuple):
    """What a word does to the concepts beside it, where it stands to them, and whether a comma stops it."""

    effect: str
    place: str
    through_commas: bool


class Named(NamedTuple):
    """What a word names. `concepts`: concept, its kind, and the concept it is when long-standing (or None)."""

    concept: str
    kind: str
    when_long: str | None
    says_specimen: bool
    symbol: bool


@dataclass(slots=True)
class Meaning:
    """All that one way of writing means: named concepts by table, cues, the specimen it says, or that it is nothing."""

    by_table: dict[str, list[Named]] = field(default_factory=dict)
    cues: list[Cue] = field(default_factory=list)
    specimen: str | None = None
    is_idle: bool = False


def listed(cell: str | None) -> list[str]:
    """The terms of a cell that holds several, ; between them."""
    return [term.strip() for term in cell.split(";")] if cell else []


class Lexicon:
    """The tree of words and the small tables beside it that matching needs. Built once a knowledge."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.root: dict[str, Any] = {}
        self.neutral: set[str] = set()
        tables = knowledge.tables
        kind_of: dict[str, str] = {}
        for concept in tables["concepts"].dicts():
            kind_of.setdefault(concept["concept"], concept["kind"])
        for drug in tables["drugs"].dicts():
            named = Named(drug["drug"], "drug", None, False, False)
            for name in [drug["name"], *listed(drug["also"])]:
                self._name(name, "drug", named)
        for row in tables["words"].dicts():
            self._words(row, kind_of)
        for row in tables["cues"].dicts():
            cue = Cue(row["effect"], row["place"], row["through_commas"] == 1)
            for term in listed(row["cues"]):
                for meaning in self._meanings(term):
                    meaning.cues.append(cue)
        self.lasting = {row["concept"] for row in tables["lasting"].dicts()}
        self.analytes = {row["analyte"]: row for row in tables["analytes"].dicts()}
        self.analyte_in = {(a["substance"], a["specimen"]): a["analyte"] for a in self.analytes.values()}
        self.units = {(row["analyte"], row["unit"]): row["to_canonical"] for row in tables["units"].dicts()}
        self.unit_words = {row["written"].lower(): row["unit"] for row in tables["unit_words"].dicts()}
        self.neutral.update(word for written in self.unit_words for word in words(written))
        self.plausible = {
            (row["analyte"], row["unit"]): (row["low"], row["high"]) for row in tables["plausible"].dicts()
        }

    def _words(self, row: dict[str, Any], kind_of: dict[str, str]) -> None:
        concept, kind = row["concept"], row["kind"]
        says = kind_of.get(concept, kind) if kind == "drug_class" else kind
        named = Named(concept, says, row["when_long"], row["says_specimen"] == 1, row["symbol"] == 1)
        for term in listed(row["terms"]):
            if concept == "neutral":
                self.neutral.update(words(flat(term)))
                continue
            self._name(term, kind, named)
            if kind == "specimen":
                for meaning in self._meanings(term):
                    meaning.specimen = concept

    def _name(self, term: str, kind: str, named: Named) -> None:
        for meaning in self._meanings(term):
            meaning.is_idle |= kind == "nothing"
            for table in READ_IN.get(kind, ()):
                already = meaning.by_table.setdefault(table, [])
                if named not in already:
                    already.append(named)

    def _meanings(self, term: str) -> list[Meaning]:
        """What ends at `term`, once for each way of cutting it, made where missing."""
        found = []
        for way in words_of_term(term):
            node = self.root
            for word in way:
                node = node.setdefault(word, {})
            found.append(node.setdefault(END, Meaning()))
        return found

    def spans(self, text_words: list[str]) -> list[tuple[int, int, Meaning]]:
        """Leftmost longest runs of words that mean something: (first word, word after the last, meaning)."""
        root, found, start, count = self.root, [], 0, len(text_words)
        while start < count:
            node = root.get(text_words[start])
            if node is None:
                start += 1
                continue
            meaning, stop, place = None, start + 1, start
            while node is not None:
                if END in node:
                    meaning, stop = node[END], place + 1
                place += 1
                if place == count:
                    break
                node = node.get(text_words[place])
            if meaning is not None:
                found.append((start, stop, meaning))
            start = stop
        return found
