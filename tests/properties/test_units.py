"""P-08 and P-09: one amount has one grade in every unit of its family; where the two families differ is listed; a unit
that is missing, unknown or contradicted is never graded."""

from fractions import Fraction

import pytest
from tests import people, spine

from hypomag import knowledge

FAMILIES = {"mass": {"mg/dL": 1, "mg/L": 10, "ug/mL": 10}, "moles": {"mmol/L": 1, "mEq/L": 2, "umol/L": 1000}}
FIRST = {"mass": "mg/dL", "moles": "mmol/L"}


def graded(labs: dict[str, people.Fact]) -> dict[str, tuple[str, int | None]]:
    """Status and CTCAE grade of each lab, each in a patient of its own."""
    found = spine.ask(people.record_of({name: [fact] for name, fact in labs.items()}), people.NOW, "level", "grade")
    ctcae = {
        name: [row["grade"] for row in rows if row["scheme"] == "ctcae_v5"] for name, rows in found["grade"].items()
    }
    return {name: (found["level"][name][0]["status"], ctcae[name][0] if ctcae.get(name) else None) for name in labs}


@pytest.mark.parametrize("family", FAMILIES)
def test_within_a_family_the_unit_does_not_matter(family: str) -> None:
    steps = range(10, 400)  # hundredths of the family's first unit
    labs = {
        f"{unit} {n}": people.lab("Magnesium", float(Fraction(n * times, 100)), unit)
        for unit, times in FAMILIES[family].items()
        for n in steps
    }
    found = graded(labs)
    for unit in FAMILIES[family]:
        for n in steps:
            assert found[f"{unit} {n}"] == found[f"{FIRST[family]} {n}"], (unit, n)
            assert found[f"{unit} {n}"][1] is not None


def test_where_the_families_differ() -> None:
    """CTCAE's two columns are rounded: 0.7, 0.9 and 1.2 mg/dL are 0.288, 0.370 and 0.494 mmol/L, printed as 0.3, 0.4
    and 0.5. Between the two the grade in mmol/L is one worse. The lower limits 1.7 and 0.70 agree to 0.001 mmol/L."""
    steps = range(250, 720)  # thousandths of mmol/L
    labs = {f"mmol {n}": people.lab("Magnesium", n / 1000, "mmol/L") for n in steps}
    labs |= {f"mg {n}": people.lab("Magnesium", round(n * 2.4305 / 1000, 3), "mg/dL") for n in steps}
    found = graded(labs)
    differ = {n: (found[f"mmol {n}"][1], found[f"mg {n}"][1]) for n in steps if found[f"mmol {n}"] != found[f"mg {n}"]}
    expected = dict.fromkeys(range(288, 300), (4, 3)) | dict.fromkeys(range(371, 400), (3, 2))
    assert differ == expected | dict.fromkeys(range(494, 500), (2, 1))


def test_every_accepted_spelling_reads_the_same_and_no_other_reads_at_all() -> None:
    known = {row["written"]: row["unit"] for row in knowledge.load().tables["unit_words"].dicts()}
    of_magnesium = {"mg/dL": 1.5, "mg/L": 15.0, "ug/mL": 15.0, "mmol/L": 0.6, "meq/L": 1.2, "umol/L": 600.0}
    spelled = {written: unit for written, unit in known.items() if unit in of_magnesium}
    for must in ("MG/DL", "mg/dl", "mmol/l", "MMOL/L", "meq/L", "mEq/L", "mval/L", "µmol/L", "μmol/L", "mcg/mL"):
        assert must in spelled, must
    labs = {f"text {w}": people.lab("Magnesium", of_magnesium[unit], w) for w, unit in spelled.items()}
    labs |= {f"code {w}": people.lab("Magnesium", of_magnesium[unit], "", unit=w) for w, unit in spelled.items()}
    refused = ["mG/Dl", "mg", "mmol", "mg/dL.", "M mol/L", "mosm/L", "g/L", "IU/L", "%", "mmol/24h", "mg/24h", "1"]
    labs |= {f"no {w}": people.lab("Magnesium", 1.5, w) for w in refused}
    found = graded(labs)
    assert {found[name] for name in labs if not name.startswith("no ")} == {("low", 1)}
    assert {found[name] for name in labs if name.startswith("no ")} == {("cannot_tell", None)}


def test_a_value_without_its_unit_is_never_graded() -> None:
    """10,000 values, among them 1.2: severe in mg/dL, low-normal in mEq/L, toxic in mmol/L."""
    found = graded({f"{n}": people.lab("Magnesium", n / 1000, "") for n in range(1, 10_001)})
    assert set(found.values()) == {("cannot_tell", None)}


def test_a_unit_that_contradicts_the_code_is_never_graded() -> None:
    """19123-9 speaks of mass, 2601-3 of moles: 10,000 values in a unit of the other family."""
    wrong = [("19123-9", unit) for unit in FAMILIES["moles"]] + [("2601-3", unit) for unit in FAMILIES["mass"]]
    labs = {}
    for n in range(1, 10_001):
        code, unit = wrong[n % len(wrong)]
        labs[f"{n}"] = people.lab("Magnesium", n / 500, unit, system="loinc", code=code)
    assert set(graded(labs).values()) == {("cannot_tell", None)}


# Lower limits that laboratories print, in the unit they print them in (clinical text B1).
PRINTED = {
    "mg/dL": (1.46, 1.5, 1.58, 1.6, 1.7, 1.8),
    "mmol/L": (0.60, 0.65, 0.66, 0.70, 0.74, 0.75),
    "mEq/L": (1.2, 1.3, 1.4, 1.5),
    "mg/L": (14.6, 16, 17, 18),
    "umol/L": (600, 660, 700, 740),
}
# mg/L and ug/mL are one; a range from 1.46 to 1.5 may be one in mg/dL and one in mEq/L.
SAME = {frozenset(("mg/L", "ug/mL"))}
EITHER = {
    (1.46, "mg/dL", "mEq/L"),
    (1.5, "mg/dL", "mEq/L"),
    (1.58, "mg/dL", "mEq/L"),
    (1.6, "mg/dL", "mEq/L"),
    (1.5, "mEq/L", "mg/dL"),
}


def test_a_swapped_unit_is_betrayed_by_the_printed_range() -> None:
    labs, swaps = {}, {}
    for true, lows in PRINTED.items():
        for low in lows:
            for written in ("mg/dL", "mmol/L", "mEq/L", "mg/L", "ug/mL", "umol/L"):
                if written == true or frozenset((true, written)) in SAME:
                    continue
                for share in range(40, 140):
                    name = f"{true} {low} {written} {share}"
                    swaps[name] = (low, true, written)
                    range_ = {"ref_low": float(low), "ref_high": low * 1.5}
                    labs[name] = people.lab("Magnesium", round(low * share / 100, 3), written, **range_)
    assert len(labs) > 10_000
    found = graded(labs)
    silent = {swaps[name] for name, answer in found.items() if answer != ("cannot_tell", None)}
    assert silent == EITHER
