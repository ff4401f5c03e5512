"""DuckDB keeps words as numbers: every word that can come is there, and they sort and compare as texts do."""

from collections.abc import Iterator

import pytest

from hypomag import knowledge
from hypomag.engine.duckdb import Ward, words
from hypomag.recognise import codes_of, texts_of
from hypomag.recognise.lexicon import END, Meaning
from hypomag.recognise.texts import OTHER_TEST, UNKNOWN


def meanings(node: dict) -> Iterator[Meaning]:
    for word, below in node.items():
        yield from [below] if word == END else meanings(below)


def test_whatever_a_text_or_a_code_can_name_is_a_word() -> None:
    known = knowledge.load()
    named = {
        name for meaning in meanings(texts_of(known).lexicon.root) for of in meaning.by_table.values() for name in of
    }
    said = {word for name in named for word in (name.concept, name.when_long, name.kind)} | {OTHER_TEST, UNKNOWN, None}
    codes = known.tables["codes"].dicts()
    coded = {word for row in codes for each in codes_of(known).sure(row["system"], row["code"]) for word in each[2:]}
    assert len(said) > 500
    assert len(coded) > 100
    assert (said | coded) - words() == {None}


@pytest.fixture(scope="module")
def ward() -> Ward:
    return Ward(threads=1)


def test_words_sort_as_texts(ward: Ward) -> None:
    (listed,) = ward.db.execute("select enum_range(null::word)::varchar[]").fetchall()[0]
    assert listed == sorted(words())


def test_a_word_nobody_knows_is_refused_and_equals_none(ward: Ward) -> None:
    assert ward.db.execute("select count(*) from analytes where analyte = 'no such test'").fetchall() == [(0,)]
    with pytest.raises(Exception, match="no such test"):
        ward.make("coded", {"concept": "text"}, [("no such test",)])
