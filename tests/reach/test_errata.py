"""What docs/trust/errata.md says of this program: the mistakes of public calculators are not made here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hypomag import assess, read
from tests import spine

PAGE = Path(__file__).parents[2] / "docs/trust/errata.md"


def answer(labs: str, more: str = "") -> dict[str, Any]:
    return assess(read(f'as_of = "2026-11-22"\n{more}\n[labs]\n{labs}\n'.encode()))


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("0.9 mmol/L", "normal"), ("2.0 mg/dL", "normal"), ("1.9 mg/dL", "normal"), ("1.95 mg/dL", "normal"),
        ("1.5 mg/dL", "low"), ("1.69 mg/dL", "low"), ("< 0.5 mmol/L", "low"), ("0.9", "cannot_tell"),
        ("> 0.5 mmol/L", "cannot_tell"),
    ],
)  # fmt: skip
def test_units_bands_and_comparators(written: str, status: str) -> None:
    assert answer(f'magnesium = "{written}"')["level"]["status"] == status


def test_fractional_excretion_counts_the_filtered_part() -> None:
    """U 4.0 and 8, S 0.5 and 0.08 mmol/L: 100 x 4 x 0.08 / (0.7 x 0.5 x 8) = 11.43 %."""
    urine = 'urine_magnesium = {value = "4.0 mmol/L", specimen = "urine"}\n'
    urine += 'urine_creatinine = {value = "8 mmol/L", specimen = "urine"}'
    labs = f'magnesium = "0.5 mmol/L"\ncreatinine = "80 umol/L"\n{urine}'
    record = read(f'as_of = "2026-11-22"\n[labs]\n{labs}\n'.encode())
    assert record.as_of is not None
    found = spine.ask(record, record.as_of, "fractional_excretion")["fractional_excretion"]
    (excretion,) = [row for rows in found.values() for row in rows]
    assert any(isinstance(cell, int) and cell // 100 in (11_43, 11_42) for cell in excretion.values()), excretion


def test_a_missing_kidney_is_not_a_good_kidney() -> None:
    person = '[patient]\nage = "60 y"\nsex = "male"\nweight = "70 kg"'
    unknown = answer('magnesium = "1.0 mg/dL"', person)
    guards = {guard["guard"]: guard["state"] for guard in unknown["treatment"]["guards"]}
    assert "clear" not in {state for name, state in guards.items() if "kidney" in name}


def test_a_ppi_acts_on_absorption() -> None:
    found = answer('magnesium = "1.0 mg/dL"', 'medications = ["omeprazole"]')
    steps = {step["step"]: step["probability"] for step in found["steps"]}
    assert steps["absorption"] > steps["renal_loss"]


def test_the_page_names_its_tests() -> None:
    assert "tests/reach/test_errata.py" in PAGE.read_text("utf-8")
