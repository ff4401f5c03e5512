"""P-12: magnesium of urine, body fluid, red cells, whole blood or ionised is never read as serum total."""

from itertools import product

import pytest
from tests import people, spine

from hypomag import knowledge

OTHER_CODES = ("19124-7", "2598-1", "24447-5", "2599-9", "21377-7", "2597-3")
OTHER_NAMES = (
    *("Urine magnesium", "Magnesium, urine", "Magnesium in urine", "24-hour urine magnesium", "24h urine magnesium"),
    *("Ionized magnesium", "Ionised magnesium", "Red cell magnesium", "RBC magnesium", "Magnesium, RBC"),
)
OTHER_SPECIMENS = ("Urine", "urine", "24h urine", "24 hour urine", "Red blood cells", "Whole blood", "Pleural fluid")
SERUM = ("", "Serum", "Plasma", "Blood", "Venous blood")
UNITS = (("mg/dL", 1.0), ("mmol/L", 0.45), ("mEq/L", 0.9))


def statuses(labs: dict[str, people.Fact]) -> dict[str, set[str]]:
    found = spine.ask(people.record_of({name: [fact] for name, fact in labs.items()}), people.NOW, "level", "grade")
    assert {row["grade"] for rows in found["grade"].values() for row in rows} <= {0, 1, 2, 3, 4}
    return {name: {row["status"] for row in found["level"][name]} for name in labs}


def test_no_other_code_with_any_specimen_is_serum() -> None:
    labs = {
        f"{code} {name} {specimen} {unit}": people.lab(name, value, unit, system="loinc", code=code, specimen=specimen)
        for code, name, specimen, (unit, value) in product(
            OTHER_CODES, ("", "Magnesium", *OTHER_NAMES), (*SERUM, *OTHER_SPECIMENS), UNITS
        )
    }
    assert {status for found in statuses(labs).values() for status in found} == {"not_measured"}


def test_no_other_name_is_serum() -> None:
    labs = {
        f"{name} {specimen} {unit}": people.lab(name, value, unit, specimen=specimen)
        for name, specimen, (unit, value) in product(OTHER_NAMES, (*SERUM, *OTHER_SPECIMENS), UNITS)
    }
    assert {status for found in statuses(labs).values() for status in found} == {"not_measured"}


@pytest.mark.parametrize("code", ["", "19123-9", "2601-3"])
def test_the_name_magnesium_with_another_specimen_is_not_serum(code: str) -> None:
    coded = {"system": "loinc", "code": code} if code else {}
    specimens = [s for s in OTHER_SPECIMENS if not (code and s == "Whole blood")]
    labs = {s: people.lab("Magnesium", 0.9, "mg/dL", specimen=s, **coded) for s in specimens}
    assert {status for found in statuses(labs).values() for status in found} == {"not_measured"}


def test_serum_and_plasma_are_read() -> None:
    labs = {f"{s} mg": people.lab("Magnesium", 1.0, "mg/dL", specimen=s) for s in SERUM}
    labs |= {f"{s} c": people.lab("Mg", 1.0, "mg/dL", specimen=s, system="loinc", code="19123-9") for s in SERUM}
    assert {status for found in statuses(labs).values() for status in found} == {"low"}


def test_every_code_of_magnesium_here_is_tried() -> None:
    rows = knowledge.load().tables["codes"].dicts()
    coded = {row["code"] for row in rows if row["system"] == "loinc" and row["concept"].startswith("magnesium")}
    assert coded - {"19123-9", "2601-3"} == set(OTHER_CODES)
