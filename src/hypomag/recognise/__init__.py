"""Words and codes of a record to concepts: the relations `said` and `coded` that rules join, and what nothing matched.

Done once for each different text and code, whoever's it is; nothing here decides anything clinical.
"""

from __future__ import annotations

from typing import Any

from hypomag.knowledge import Knowledge
from hypomag.recognise.codes import Coded, Codes
from hypomag.recognise.texts import Said, Texts
from hypomag.record import Record

__all__ = ["Coded", "Said", "codes_of", "recognise", "texts_of", "words_in"]

TABLES = ("observations", "medications", "conditions", "procedures", "orders", "allergies")
Row = tuple[Any, ...]
_texts: dict[str, Texts] = {}
_codes: dict[str, Codes] = {}


def texts_of(knowledge: Knowledge) -> Texts:
    """The words of a knowledge ready for matching, made once for each version of it."""
    if knowledge.version not in _texts:
        _texts[knowledge.version] = Texts(knowledge)
    return _texts[knowledge.version]


def codes_of(knowledge: Knowledge) -> Codes:
    """The codes of a knowledge ready for matching, made once for each version of it."""
    if knowledge.version not in _codes:
        _codes[knowledge.version] = Codes(knowledge)
    return _codes[knowledge.version]


def words_in(text: str, kind: str, knowledge: Knowledge) -> list[Said]:
    """The concepts that `text` names, as a text of the record table `kind` (or of "specimens", "values")."""
    return list(texts_of(knowledge).read(kind, text)[0])


def recognise(record: Record, knowledge: Knowledge) -> tuple[list[Row], list[Row], list[tuple[str, str]]]:
    """The rows of `said` and `coded` for a record, and (table, text) of what neither words nor codes recognise.

    A fact without a text is named by its code ("icd10cm Q99.9"). The order follows the record's own.
    """
    texts, codes = texts_of(knowledge), codes_of(knowledge)
    known_rows = {f["of_row"] for f in record.tables["codings"] if codes.knows(f["system"], f["code"])}
    ways: dict[tuple[str, str], None] = {}
    coded: dict[tuple[str, str], None] = {}
    unknown: dict[tuple[str, str], None] = {}
    for table in TABLES:
        for fact in record.tables[table]:
            text, system, code = fact["text"] or "", fact["system"] or "", fact["code"] or ""
            if code:
                coded[system, code] = None
            if text:
                ways[table, text] = None
            if fact["row"] in known_rows or (code and codes.knows(system, code)):
                continue
            if not (text and texts.read(table, text)[1]) and (text or code):
                unknown[table, text or f"{system} {code}".strip()] = None
    for fact in record.tables["codings"]:
        coded[fact["system"], fact["code"]] = None
    for fact in record.tables["observations"]:
        if fact["specimen"]:
            ways["specimens", fact["specimen"]] = None
        if fact["note"]:
            ways["notes", fact["note"]] = None
        if fact["value_text"] and fact["value"] is None:
            ways["values", fact["value_text"]] = None
            if not (texts.needs_specimen(fact["text"]) or codes.decides(fact["system"], fact["code"], "analyte")):
                told = f"{fact['text']}: {fact['value_text']}"
                ways["findings", told] = None
                if texts.read("findings", told)[0]:
                    unknown.pop(("observations", fact["text"]), None)
    said = [texts.row(each) for way in ways for each in texts.read(*way)[0]]
    return said, [tuple(each) for pair in coded for each in codes.sure(*pair)], list(unknown)
