"""A whole record: the rows of said and coded, and what is listed as not recognised."""

from __future__ import annotations

import pytest

from hypomag import knowledge
from hypomag.recognise import codes_of, recognise
from hypomag.record import Record, seal

KNOWN = knowledge.load()
CODES = codes_of(KNOWN)


def sure(system: str, code: str) -> set[str]:
    return {coded.concept for coded in CODES.sure(system, code)}


@pytest.mark.parametrize(
    ("system", "code", "concepts"),
    [
        ("icd10cm", "E83.42", {"finding_hypomagnesemia"}),
        ("icd10cm", "E8342", {"finding_hypomagnesemia"}),
        ("icd10cm", "e83.42", {"finding_hypomagnesemia"}),
        ("icd10cm", "E61.2", {"finding_hypomagnesemia"}),
        ("icd10cm", "K50.919", {"crohn"}),
        ("icd10cm", "K90.0", {"celiac"}),
        ("icd10cm", "K5", set()),
        ("loinc", "19123-9", {"magnesium"}),
        ("loinc", "19124-7", {"magnesium_urine"}),
        ("loinc", "2597-3", {"magnesium_red_cell"}),
        ("atc", "A02BC01", {"omeprazole"}),
        ("icd10cm", "Z99.99", set()),
        ("nonsense", "1", set()),
    ],
)
def test_what_a_code_says(system: str, code: str, concepts: set[str]) -> None:
    assert sure(system, code) == concepts


def test_a_code_keeps_the_writing_of_the_record() -> None:
    assert {coded.code for coded in CODES.sure("icd10cm", "E8342")} == {"E8342"}


def test_a_code_that_does_not_decide_is_shown_apart() -> None:
    unsure = {coded.concept for coded in CODES.unsure("icd10cm", "E26.81")}
    assert "gitelman" in unsure
    assert "gitelman" not in sure("icd10cm", "E26.81")
    assert CODES.knows("icd10cm", "E26.81")


def test_no_code_is_both_sure_and_unsure_of_a_concept() -> None:
    for row in KNOWN.tables["codes"].dicts():
        unsure = {coded.concept for coded in CODES.unsure(row["system"], row["code"])}
        assert not unsure & sure(row["system"], row["code"])


def test_a_record() -> None:
    record = Record()
    record.add("patients", "a", id="a")
    record.add("medications", "a", text="omeprazole 20 mg", code="A02BC01", system="atc")
    record.add("medications", "a", text="Zorblaxin 20 mg tablet")
    record.add("conditions", "a", text="alcohol abuse and diarrhoea")
    record.add("conditions", "a", code="E8342", system="icd10cm")
    record.add("conditions", "a", code="Q99.9", system="icd10cm")
    record.add("conditions", "a", text="something else entirely", code="E83.42", system="icd10cm")
    record.add("observations", "a", text="Magnesium", specimen="Venous blood", value_text="low")
    said, coded, not_recognised = recognise(seal(record), KNOWN)
    assert {(row[0], row[2], row[3]) for row in said} == {
        ("medications", "omeprazole", "drug"),
        ("conditions", "alcohol_use_disorder", "condition"),
        ("conditions", "acute_diarrhea", "condition"),
        ("observations", "magnesium", "analyte"),
        ("specimens", "blood", "specimen"),
        ("values", "low", "value"),
    }
    assert set(coded) == {
        ("atc", "A02BC01", "omeprazole", "drug"),
        ("icd10cm", "E8342", "finding_hypomagnesemia", "condition"),
        ("icd10cm", "E83.42", "finding_hypomagnesemia", "condition"),
    }
    assert set(not_recognised) == {("medications", "Zorblaxin 20 mg tablet"), ("conditions", "icd10cm Q99.9")}


def test_a_text_and_a_code_that_name_different_drugs_can_be_told_apart() -> None:
    record = Record()
    record.add("patients", "a", id="a")
    record.add("medications", "a", text="lisinopril 10 mg", code="C03CA01", system="atc")
    said, coded, _ = recognise(seal(record), KNOWN)
    assert {row[2] for row in said} == {"other_drug"}
    assert {row[2] for row in coded} == {"furosemide"}


def test_the_same_record_gives_the_same_rows() -> None:
    record = Record()
    record.add("patients", "a", id="a")
    for text in ("torsades de pointes, QTc 539", "no tetany", "coeliac disease"):
        record.add("conditions", "a", text=text)
    sealed = seal(record)
    assert recognise(sealed, KNOWN) == recognise(sealed, KNOWN)
