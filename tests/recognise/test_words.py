"""The words of the knowledge against its concepts, and the readings that would do harm if they were wrong."""

from __future__ import annotations

import pytest

from hypomag import knowledge
from hypomag.recognise import texts_of, words_in
from hypomag.recognise.lexicon import listed

KNOWN = knowledge.load()
CONCEPTS = {(row["concept"], row["kind"]) for row in KNOWN.tables["concepts"].dicts()}
IDS = {concept for concept, _ in CONCEPTS}
OWN_KINDS = {"specimen", "value", "nothing"}
BEYOND = {"other_drug", "other_test"}  # known by name, without a row of their own


def concepts(text: str, kind: str) -> set[str]:
    return {said.concept for said in words_in(text, kind, KNOWN)}


def test_every_word_names_a_concept_of_its_kind() -> None:
    for row in KNOWN.tables["words"].dicts():
        if row["kind"] == "drug_class":
            assert row["concept"] in IDS, row
        elif row["kind"] not in OWN_KINDS and row["concept"] not in BEYOND:
            assert (row["concept"], row["kind"]) in CONCEPTS, row


def test_every_specimen_and_value_word_is_one_the_rules_know() -> None:
    known = set(KNOWN.tables["specimen_pairs"].column("field")) | {"blood"}
    assert {r["concept"] for r in KNOWN.tables["words"].dicts() if r["kind"] == "specimen"} <= known


@pytest.mark.parametrize("drug", KNOWN.tables["drugs"].dicts(), ids=lambda drug: drug["drug"])
def test_every_name_of_a_drug_finds_that_drug_and_no_other_of_ours(drug: dict) -> None:
    for name in [drug["name"], *listed(drug["also"])]:
        assert concepts(name, "medications") - BEYOND == {drug["drug"]}, name


def test_every_test_has_a_word() -> None:
    named = {said.concept for row in KNOWN.tables["words"].dicts() if row["kind"] == "analyte"
             for term in listed(row["terms"]) for said in words_in(term, "observations", KNOWN)}  # fmt: skip
    in_another_specimen = {a["analyte"] for a in KNOWN.tables["analytes"].dicts() if a["usual"] == 0}
    assert IDS & set(KNOWN.tables["analytes"].column("analyte")) - named <= in_another_specimen


@pytest.mark.parametrize("text", ["MG", "PE", "MS", "K", "P", "Ca", "Cr", "PR", "HD", "CA"])
def test_an_ambiguous_abbreviation_alone_says_nothing_of_a_patient(text: str) -> None:
    assert concepts(text, "conditions") == set()


@pytest.mark.parametrize(
    "text",
    ["esomeprazole magnesium 40 mg", "magnesium stearate", "pantoprazole magnesium", "omeprazole magnesium 20 mg"],
)
def test_a_salt_or_filler_is_no_magnesium_supplement(text: str) -> None:
    assert not any(c.startswith("magnesium") for c in concepts(text, "medications"))


@pytest.mark.parametrize(
    ("text", "drugs"),
    [
        ("norepinephrine 8 mcg/min", {"other_drug"}),
        ("levalbuterol", {"other_drug"}),
        ("calcium polystyrene sulfonate", {"other_drug"}),
        ("digitoxin 0.07 mg", {"other_drug"}),
        ("prednisolone 5 mg", {"other_drug"}),
        ("penicillin V", {"other_drug"}),
        ("fospropofol", {"other_drug"}),
        ("doxorubicin 60 mg/m2", {"other_drug"}),
        ("trastuzumab emtansine", {"other_drug"}),
        ("tenofovir alafenamide", {"other_drug"}),
        ("edetate calcium disodium", set()),
    ],
)
def test_a_drug_with_a_like_name_is_not_taken_for_ours(text: str, drugs: set[str]) -> None:
    assert concepts(text, "medications") - {"sodium_polystyrene"} == drugs - {"sodium_polystyrene"}


@pytest.mark.parametrize(
    ("text", "test"),
    [
        ("Magnesium [Mass/volume] in Serum or Plasma", "magnesium"),
        ("Magnesium [Mass/volume] in Urine", "magnesium_urine"),
        ("Magnesium [Mass/time] in 24 hour Urine", "magnesium_urine_24h"),
        ("Magnesium [Moles/volume] in Red Blood Cells", "magnesium_red_cell"),
        ("Magnesium [Mass/volume] in Body fluid", "magnesium_fluid"),
        ("Magnesium [Mass/mass] in Hair", "magnesium_fluid"),
        ("Magnesium [Mass/mass] in Kiwi fruit", "other_test"),
        ("Magnesium Ionized [Moles/volume] in Serum or Plasma", "magnesium_ionised"),
        ("Magnesium/Creatinine [Mass Ratio] in Urine", "magnesium_creatinine_urine"),
        ("Glucose [Mass/volume] in Urine", "other_test"),
        ("Mg (mmol/L)", "magnesium"),
    ],
)
def test_the_specimen_in_a_name_decides_the_test(text: str, test: str) -> None:
    assert concepts(text, "observations") == {test}


def test_two_specimens_in_one_name_are_no_test() -> None:
    assert concepts("Magnesium, serum and urine", "observations") == set()


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("QTc 539 ms", [("qtc", 539.0, "ms", "")]),
        ("QTc >500", [("qtc", 500.0, "", ">")]),
        ("Mg 1.2 mg/dL, K 2.6 mmol/L", [("magnesium", 1.2, "mg/dL", ""), ("potassium", 2.6, "mmol/L", "")]),
        ("Mg 0,45 mmol/l", [("magnesium", 0.45, "mmol/L", "")]),
        ("lipase 4,918 U/L", [("lipase", 4918.0, "U/L", "")]),
        ("QT/QTc 440/512 ms", [("qt", 440.0, "ms", ""), ("qtc", 512.0, "ms", "")]),
        ("QTc 480-500 ms", []),
        ("magnesium 400 mg daily", []),
        ("omeprazole 20 mg 1 tablet", []),
        ("Mg 1.2 kg", []),
    ],
)
def test_a_number_belongs_to_the_test_before_it(text: str, numbers: list[tuple]) -> None:
    found = [
        (s.concept, s.value, s.unit, s.comparator) for s in words_in(text, "conditions", KNOWN) if s.value is not None
    ]
    assert found == numbers


@pytest.mark.parametrize(
    ("text", "value", "sign"),
    [("QTc 539", 539.0, ""), ("QTc 0.52 s", 520.0, ""), ("QTc >500 ms", 500.0, ">"), ("QTc <450 ms", 450.0, "<"),
     ("QTc 5.39", None, ""), ("Mg 1.2 mg/dL", None, ""), ("potassium 2.6", None, "")],
)  # fmt: skip
def test_only_what_needs_no_specimen_gives_a_value_to_the_rules(text: str, value: float | None, sign: str) -> None:
    texts = texts_of(KNOWN)
    [row] = [texts.row(said) for said in texts.read("conditions", text)[0] if said.concept_kind == "analyte"]
    assert (row[7], row[8]) == (value, sign)


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("no chest pain, seizure this morning", (0, 0, 0)),
        ("no fever, seizure", (None, 0, 0)),
        ("no fever, tremor or seizure", (1, 0, 0)),
        ("denies fever, tremor, seizure", (1, 0, 0)),
        ("no fever but seizure", (0, 0, 0)),
        ("no fever. Seizure at home", (0, 0, 0)),
        ("Trousseau negative, seizure", (0, 0, 0)),
        ("seizure: no", (1, 0, 0)),
        ("seizure-free", (1, 0, 0)),
        ("seizure (-)", (1, 0, 0)),
        ("no seizure; history of seizure", (0, 1, 0)),
        ("no longer has seizures", (0, 1, 0)),
        ("seizure 2 days ago", (0, 0, 0)),
        ("seizure 2 years ago", (0, 1, 0)),
        ("seizure, resolved", (0, 1, 0)),
        ("mother has seizures; no vomiting", (0, 0, 1)),
        ("mother has seizures and patient has seizure", (0, 0, 0)),
        ("seizure precautions", (None, 0, 0)),
        ("seizure not ruled out", (None, 0, 0)),
    ],
)
def test_how_a_seizure_is_meant(text: str, flags: tuple) -> None:
    [said] = [s for s in words_in(text, "conditions", KNOWN) if s.concept == "seizure"]
    assert (said.negated, said.past, said.family) == flags


@pytest.mark.parametrize(
    "text", ["history of Crohn's disease", "h/o Crohns", "Crohn disease in remission", "s/p Crohn's"]
)
def test_a_history_of_a_lasting_disease_is_the_disease(text: str) -> None:
    [said] = words_in(text, "conditions", KNOWN)
    assert (said.concept, said.negated, said.past) == ("crohn", 0, 0)


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("diarrhoea", "acute_diarrhea"),
        ("diarrhoea for 3 years", "chronic_diarrhea"),
        ("longstanding loose stools", "chronic_diarrhea"),
        ("diarrhoea within the last 3 months", "acute_diarrhea"),
    ],
)
def test_how_long_it_lasts_decides_which_disease(text: str, concept: str) -> None:
    assert concepts(text, "conditions") == {concept}


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("furosemide 40 mg if needed", (0, 0)),
        ("furosemide 40 mg prn", (0, 0)),
        ("furosemide (oedema prophylaxis)", (0, 0)),
        ("furosemide 20 mg daily, hold if SBP < 90", (0, 0)),
        ("one-off furosemide 40 mg IV", (0, 0)),
        ("furosemide prior to transfusion", (0, 0)),
        ("do not stop furosemide", (0, 0)),
        ("furosemide, stopped", (0, 1)),
        ("off furosemide", (0, 1)),
        ("furosemide on hold", (0, 1)),
        ("furosemide changed to torsemide", (0, 1)),
        ("not on furosemide", (1, 0)),
        ("never took furosemide", (1, 0)),
        ("furosemide allergy", (1, 0)),
        ("consider furosemide", (None, 0)),
    ],
)
def test_how_a_drug_is_meant(text: str, flags: tuple) -> None:
    [said] = [s for s in words_in(text, "medications", KNOWN) if s.concept == "furosemide"]
    assert (said.negated, said.past) == flags


def test_an_allergy_list_means_the_drugs_in_it() -> None:
    assert [said.negated for said in words_in("allergic to magnesium sulfate", "allergies", KNOWN)] == [0]


def test_the_who_name_of_a_drug_code_finds_the_drug_of_the_code() -> None:
    for row in KNOWN.tables["codes"].dicts():
        if row["system"] == "atc" and row["sure"] == 1 and row["name"]:
            assert row["concept"] in concepts(row["name"], "medications"), row


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("ECG impression: torsades de pointes", {"torsades": (0, 0, 0)}),
        ("Chvostek sign: positive", {"chvostek": (0, 0, 0)}),
        ("Chvostek sign: negative", {"chvostek": (1, 0, 0)}),
        ("Seizure: see letter", {"seizure": (None, 0, 0)}),
        ("Seizure: not assessed", {"seizure": (None, 0, 0)}),
        ("Palpitations: none", {"palpitations": (1, 0, 0)}),
        ("Family history: epilepsy, seizures", {"epilepsy": (0, 0, 1), "seizure": (0, 0, 1)}),
        ("Past medical history: seizures, syncope", {"seizure": (0, 1, 0), "syncope": (0, 1, 0)}),
        ("Rhythm: sinus; no torsades", {"torsades": (1, 0, 0)}),
        ("Tendon reflexes: absent", {"reflexes_lost": (0, 0, 0)}),
    ],
)
def test_an_observation_tells_by_its_name_and_its_result_in_words(text: str, claims: dict[str, tuple]) -> None:
    found = {said.concept: (said.negated, said.past, said.family) for said in words_in(text, "findings", KNOWN)}
    assert found == claims


def test_a_name_that_asks_gives_way_to_the_result_that_answers() -> None:
    found = words_in("Pregnancy status: not pregnant", "findings", KNOWN)
    assert {said.negated for said in found} == {1}
