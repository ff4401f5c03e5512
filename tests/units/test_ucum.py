"""The factors of units.csv against a UCUM library's (ucum.tsv, made by accept/ucum.mjs): every pair, to 1 in 1e9."""

import csv
from fractions import Fraction
from itertools import permutations
from pathlib import Path

import pytest

from hypomag import knowledge

RATIOS = {"calcium_creatinine_urine": Fraction("40.078"), "magnesium_creatinine_urine": Fraction("24.305")}
CREATININE = Fraction("113.12")


def table() -> dict[tuple[str, str, str], float | None]:
    text = (Path(__file__).parent / "ucum.tsv").read_text("utf-8").splitlines()
    rows = csv.DictReader(text[1:], delimiter="\t")
    return {(r["analyte"], r["from"], r["to"]): float(r["factor"]) if r["factor"] else None for r in rows}


def ours() -> dict[tuple[str, str, str], float]:
    units: dict[str, dict[str, float]] = {}
    for row in knowledge.load().tables["units"].dicts():
        units.setdefault(row["analyte"], {})[row["unit"]] = row["to_canonical"]
    return {
        (analyte, a, b): factors[a] / factors[b]
        for analyte, factors in units.items()
        for a, b in permutations(factors, 2)
    }


def test_the_table_holds_every_pair() -> None:
    """Else: run accept/ucum.mjs again, as its head says."""
    assert table().keys() == ours().keys()


def test_every_factor_is_that_of_ucum() -> None:
    theirs, apart = table(), []
    for pair, factor in ours().items():
        known = theirs[pair]
        if known is None or pair[0] in RATIOS:
            apart.append(pair)
        else:
            assert factor == pytest.approx(known, rel=1e-9), pair
    # UCUM converts no arbitrary unit: 1 u[IU]/mL is 1 m[IU]/L by the litre alone.
    # To UCUM mg/mg and mmol/mmol are both 1; a ratio of two substances takes both molar masses (below).
    assert {analyte for analyte, _, _ in apart} == {"tsh", *RATIOS}
    assert {factor for pair, factor in ours().items() if pair[0] == "tsh"} == {1.0}


@pytest.mark.parametrize("analyte", RATIOS)
def test_ratios_to_creatinine_take_both_molar_masses(analyte: str) -> None:
    expected = float(RATIOS[analyte] / CREATININE)
    assert ours()[analyte, "mmol/mmol", "mg/mg"] == pytest.approx(expected, rel=1e-9)


def test_canonical_units_have_a_factor_of_one() -> None:
    tables = knowledge.load().tables
    canonical = {row["analyte"]: row["unit"] for row in tables["analytes"].dicts()}
    for row in tables["units"].dicts():
        if row["unit"] == canonical[row["analyte"]]:
            assert row["to_canonical"] == 10_000, row["analyte"]


def test_the_families_of_magnesium_are_mg_dl_and_mmol_l() -> None:
    home = {"mass": "mg/dL", "moles": "mmol/L"}
    theirs = table()
    for row in knowledge.load().tables["units"].dicts():
        if row["analyte"] == "magnesium":
            to = home[row["family"]]
            known = 1.0 if row["unit"] == to else theirs["magnesium", row["unit"], to]
            assert row["to_family"] == pytest.approx(10_000 * known, rel=1e-9), row["unit"]
