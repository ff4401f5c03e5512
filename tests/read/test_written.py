"""Lines that people type: taken apart where they read in one way, otherwise left as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypomag.read import written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.3 mg/dL", (1.3, "1.3", None, "mg/dL", None)),
        ("1.30mg/dL", (1.3, "1.30", None, "mg/dL", None)),
        ("<0.5 mmol/L", (0.5, "0.5", "<", "mmol/L", None)),
        ("≤ 0.5 mmol/L", (0.5, "0.5", "<=", "mmol/L", None)),
        ("1.3", (1.3, "1.3", None, None, None)),
        ("3.9 mmol/L (3.5-5.0)", (3.9, "3.9", None, "mmol/L", "3.5-5.0")),
        ("62 mL/min/1.73m2", (62.0, "62", None, "mL/min/1.73m2", None)),
        ("40 mg/24 h", (40.0, "40", None, "mg/24 h", None)),
        ("105 mm Hg", (105.0, "105", None, "mm Hg", None)),
        ("118 /min", (118.0, "118", None, "/min", None)),
        ("5.6 %", (5.6, "5.6", None, "%", None)),
        ("12 µmol/L", (12.0, "12", None, "µmol/L", None)),
    ],
)
def test_results(text, expected):
    assert written.result(text) == expected


@pytest.mark.parametrize(
    "text",
    ["low", "1,3 mg/dL", "1.3 mg per dL", "about 1.3", "1.3-1.5 mg/dL", "1.3 mg/dL low", "--1", "1.3.4", "", "1 2"],
)
def test_what_is_not_one_number_and_a_unit_stays_text(text):
    assert written.result(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.6-2.6", (1.6, 2.6, None)),
        ("1.6 – 2.6 mg/dL", (1.6, 2.6, "mg/dL")),
        ("0.7 to 1.0 mmol/L", (0.7, 1.0, "mmol/L")),
        ("<5", (None, 5.0, None)),
        (">= 60 mL/min", (60.0, None, "mL/min")),
        ("2.6-1.6", None),
        ("1.6-1.6", (1.6, 1.6, None)),
        ("normal", None),
        ("1.6-2.6 (adults)", None),
    ],
)
def test_reference_ranges(text, expected):
    assert written.reference(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("220 mg/day", (220.0, "mg/day", None)),
        ("250 mg three times daily", (250.0, "mg", 3.0)),
        ("5 mg/kg/day", (5.0, "mg/kg/day", None)),
        ("4 mg", (4.0, "mg", None)),
        ("40-120 mg/day", (None, None, None)),
        ("15 mg/day (median)", (None, None, None)),
        ("2 g then 1 g", (None, None, None)),
        ("", (None, None, None)),
    ],
)
def test_doses(text, expected):
    assert written.dose(text) == expected


@pytest.mark.parametrize(
    ("text", "a_day"),
    [
        ("daily", 1), ("once daily", 1), ("twice a day", 2), ("BID", 2), ("tid", 3), ("3 times a day", 3), ("qid", 4),
        ("every 8 hours", 3), ("q6h", 4), ("every other day", 0.5), ("weekly", 1 / 7), ("at bedtime", 1),
        ("bd", 2), ("b.i.d.", 2), ("tds", 3), ("t.i.d.", 3), ("qds", 4), ("q.i.d.", 4),
        ("qd", 1), ("od", 1), ("nightly", 1), ("nocte", 1), ("at night", 1),
        ("in the morning", 1), ("in the evening", 1), ("every day", 1), ("every morning", 1), ("every night", 1),
        ("per day", 1), ("a day", 1), ("on alternate days", 0.5), ("alternate days", 0.5),
        ("once weekly", 1 / 7), ("once a week", 1 / 7), ("every week", 1 / 7),
        ("thrice daily", 3), ("one a day", 1), ("two a day", 2), ("three times daily", 3), ("four times daily", 4),
        ("five times a day", 5), ("six times a day", 6), ("every 1 hours", 24),
        ("when needed", None), ("every 0 hours", None), ("", None),
    ],
)  # fmt: skip
def test_frequencies(text, a_day):
    assert written.frequency(text) == a_day


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("omeprazole", {"name": "omeprazole"}),
        (
            "omeprazole 20 mg daily since 2019",
            {
                "name": "omeprazole",
                "dose_text": "20 mg daily",
                "dose": 20,
                "dose_unit": "mg",
                "frequency": 1,
                "since": "2019",
            },
        ),
        ("omeprazole 20 mg oral daily", {"name": "omeprazole", "route": "oral", "dose": 20, "frequency": 1}),
        ("omeprazole daily 20 mg po", {"name": "omeprazole", "route": "po", "dose": 20, "frequency": 1}),
        ("insulin glargine 20 units nightly", {"name": "insulin glargine", "dose": 20, "dose_unit": "units"}),
        ("vitamin B12 1000 mcg", {"name": "vitamin B12", "dose": 1000, "dose_unit": "mcg"}),
        ("magnesium oxide 400 mg twice daily for 3 weeks", {"name": "magnesium oxide", "lasting": "3 weeks"}),
        ("metformin 1 g bid stopped 2024-05-01", {"name": "metformin", "until": "2024-05-01", "stopped": True}),
        ("metformin until 2024-05", {"name": "metformin", "until": "2024-05", "stopped": False}),
        ("furosemide 40-120 mg/day", {"name": "furosemide 40-120 mg/day", "dose": None}),
        ("magnesium sulfate 2 g over 15 min", {"name": "magnesium sulfate 2 g over 15 min", "dose": None}),
        ("5-fluorouracil", {"name": "5-fluorouracil", "dose": None}),
        ("omeprazole oral 20 mg", {"name": "omeprazole", "route": "oral", "dose": 20}),
        ("insulin 3 times daily", {"name": "insulin", "dose_text": "3 times daily", "frequency": 3}),
        ("weekly", {"name": "weekly", "frequency": None}),
    ],
)
def test_drugs(text, expected):
    found = written.drug(text)._asdict()
    assert {key: found[key] for key in expected} == expected


def test_a_drug_of_which_only_the_name_is_known_was_not_stopped():
    assert written.Drug("omeprazole") == ("omeprazole", *[None] * 8, False)


@given(st.text(max_size=40))
def test_any_text_is_taken_apart_or_left(text):
    drug = written.drug(text)
    assert set(drug.name) <= set(text) | {" "}
    found = written.result(text)
    assert found is None or found.value_text in text
    what, when = written.dated(text)
    assert what in text and (when is None or when in text)


@given(st.decimals(0, 1000, places=2), st.sampled_from(["mg/dL", "mmol/L", "mEq/L", "mg/L"]))
def test_a_number_and_a_unit_come_back_as_typed(number, unit):
    found = written.result(f"{number} {unit}")
    assert found and (found.value, found.value_text, found.unit) == (float(number), str(number), unit)
