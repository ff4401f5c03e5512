"""What must hold of any text: words that mean nothing change nothing, denial turns, spelling does not matter."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from hypomag import knowledge
from hypomag.recognise import Said, texts_of, words_in
from hypomag.recognise.tokens import flat, words

KNOWN = knowledge.load()
IDLE = ["zebra", "umbrella", "quixotic", "lampshade", "gondola", "marzipan", "trombone"]
CONDITIONS = [
    "seizure",
    "tetany",
    "syncope",
    "torsades de pointes",
    "coeliac disease",
    "short bowel syndrome",
    "vomiting",
]
DRUGS = sorted(row["name"] for row in KNOWN.tables["drugs"].dicts())
NEVER_LASTING = ["seizure", "tetany", "syncope", "torsades de pointes", "vomiting", "coma"]


def concepts(text: str, kind: str = "conditions") -> set[str]:
    return {said.concept for said in words_in(text, kind, KNOWN)}


def meant(text: str, kind: str = "conditions") -> set[Said]:
    return {said._replace(text="") for said in words_in(text, kind, KNOWN)}


@given(
    st.sampled_from(CONDITIONS),
    st.lists(st.sampled_from(IDLE), max_size=3),
    st.lists(st.sampled_from(IDLE), max_size=3),
)
def test_idle_words_around_lose_nothing(term: str, before: list[str], after: list[str]) -> None:
    assert meant(" ".join([*before, term, *after])) == meant(term)


@given(
    st.sampled_from(DRUGS),
    st.sampled_from(["20 mg", "5 MG/ML Injection", "tab PO BID", "(oral)", "40mg daily", "Oral Capsule"]),
)
def test_strength_and_form_lose_no_drug(name: str, form: str) -> None:
    assert concepts(f"{name} {form}", "medications") == concepts(name, "medications") != set()


@given(
    st.sampled_from(CONDITIONS),
    st.sampled_from(["no {}", "denies {}", "without {}", "{} ruled out", "{} absent", "negative for {}"]),
)
def test_denial_turns(term: str, frame: str) -> None:
    found = words_in(frame.format(term), "conditions", KNOWN)
    assert {said.concept for said in found} == concepts(term)
    assert {said.negated for said in found} == {1}


@given(
    st.sampled_from(CONDITIONS),
    st.sampled_from(["?{}", "possible {}", "rule out {}", "call if {}", "{}?", "risk of {}", "to prevent {}"]),
)
def test_supposed_is_neither_stated_nor_denied(term: str, frame: str) -> None:
    assert {said.negated for said in words_in(frame.format(term), "conditions", KNOWN)} == {None}


@given(
    st.sampled_from(NEVER_LASTING),
    st.sampled_from(["previous {}", "history of {}", "{} 3 years ago", "{} resolved", "h/o {} 2009"]),
)
def test_past_is_past(term: str, frame: str) -> None:
    assert {said.past for said in words_in(frame.format(term), "conditions", KNOWN)} == {1}


@given(
    st.sampled_from(CONDITIONS),
    st.sampled_from(["mother has {}", "family history of {}", "{} in father", "sister with {}", "FH: {}"]),
)
def test_a_relatives_is_a_relatives(term: str, frame: str) -> None:
    assert {said.family for said in words_in(frame.format(term), "conditions", KNOWN)} == {1}


@given(st.sampled_from(CONDITIONS), st.sampled_from(CONDITIONS))
def test_denial_ends_with_its_sentence(denied: str, stated: str) -> None:
    if denied != stated and not concepts(denied) & concepts(stated):
        found = {said.concept: said.negated for said in words_in(f"no {denied}; {stated}", "conditions", KNOWN)}
        assert {found[c] for c in concepts(denied)} == {1}
        assert {found[c] for c in concepts(stated)} == {0}


TERMS = sorted(
    {
        term.strip()
        for row in KNOWN.tables["words"].dicts()
        if row["kind"] in ("condition", "symptom", "rhythm", "drug") and not row["symbol"]
        for term in row["terms"].split(";")
    }
)


@given(st.sampled_from(TERMS), st.sampled_from([str.upper, str.lower, str.title]))
@settings(max_examples=400)
def test_letter_case_does_not_matter(term: str, written: object) -> None:
    assert words(flat(written(term))) == words(flat(term))  # type: ignore[operator]


SPELLINGS = {
    "haem": "hem",
    "oesoph": "esoph",
    "coeliac": "celiac",
    "oedema": "edema",
    "rrhoea": "rrhea",
    "aemia": "emia",
    "paraesth": "paresth",
    "tumour": "tumor",
    "sulph": "sulf",
    "ionised": "ionized",
    "generalised": "generalized",
}


@given(st.sampled_from(TERMS), st.sampled_from(sorted(SPELLINGS)))
@settings(max_examples=400)
def test_british_and_american_spelling_are_one(term: str, british: str) -> None:
    low = term.lower()
    assert words(flat(low.replace(british, SPELLINGS[british]))) == words(flat(low))


@given(
    st.text(max_size=80),
    st.sampled_from(["conditions", "medications", "observations", "orders", "values", "specimens"]),
)
@settings(max_examples=500)
def test_any_text_is_read_without_complaint_and_the_same_way_twice(text: str, kind: str) -> None:
    reader = texts_of(KNOWN).read
    reader.cache_clear()
    first = reader(kind, text)
    reader.cache_clear()
    assert reader(kind, text) == first
    assert all(said.concept for said in first[0])
