"""P-07: every combination of thirteen things that may be missing: a missing magnesium is never normal, and what is
missing is named."""

from itertools import product
from typing import Any

from tests import people, spine

# What can be missing of each lab, and what the columns are then.
PARTS: dict[str, dict[str, Any]] = {
    "name": {"text": ""},
    "value": {"value": None},
    "unit": {"unit_text": ""},
    "time": {"start": None, "start_precision": ""},
}
LABS = {
    "Magnesium": ("name", "value", "unit", "time"),
    "Creatinine": ("value", "unit", "time"),
    "Potassium": ("value", "unit", "time"),
    "QTc": ("value",),
}
NORMAL = {
    "Magnesium": people.lab("Magnesium", 2.0, "mg/dL")[1],
    "Creatinine": people.lab("Creatinine", 0.9, "mg/dL")[1],
    "Potassium": people.lab("Potassium", 4.2, "mmol/L")[1],
    "QTc": people.lab("QTc", 410, "ms")[1],
}
KEYS = [(test, part) for test, parts in LABS.items() for part in parts] + [("patient", "birth"), ("patient", "sex")]


def person(gone: dict[tuple[str, str], bool]) -> people.Person:
    facts: people.Person = []
    patient = {"birth": people.NOW - 50 * people.YEAR, "sex": "female"}
    facts.append(("patients", {k: v for k, v in patient.items() if not gone["patient", k]}))
    for test, parts in LABS.items():
        columns = dict(NORMAL[test])
        for part in parts:
            if gone[test, part]:
                columns |= PARTS[part]
        facts.append(("observations", columns))
    return facts


def test_missing_is_never_normal_and_is_named() -> None:
    lattice = [dict(zip(KEYS, gone, strict=True)) for gone in product((False, True), repeat=len(KEYS))]
    crowd = {f"{n}": person(gone) for n, gone in enumerate(lattice)}
    found = spine.ask(people.record_of(crowd), people.NOW, "level", "grade", "urgency", "missing", "egfr")
    assert len(KEYS) >= 12
    for n, gone in enumerate(lattice):
        patient = f"{n}"
        level = found["level"][patient][0]
        lost = {part for part in LABS["Magnesium"] if gone["Magnesium", part]}
        missing = {(row["what"], row["decides"]) for row in found["missing"][patient]}
        if not lost:
            expected = "normal"
        elif "name" in lost:
            expected = "not_measured"
            assert ("magnesium", "level") in missing
        else:
            expected = "cannot_tell"
            assert {f"no_{part}" for part in lost} & {what for what, decides in missing if decides == "level"}
        assert level["status"] == expected, gone
        assert bool(found["grade"][patient]) is (not lost), gone
        assert (found["urgency"][patient][0]["tier"] == "cannot_tell") is bool(lost), gone
        for test, what in (("Potassium", "potassium"), ("QTc", "qtc")):
            is_gone = any(gone[test, part] for part in LABS[test])
            assert ((what, "urgency") in missing) is is_gone, gone
        no_creatinine = any(gone["Creatinine", part] for part in LABS["Creatinine"])
        assert bool(found["egfr"][patient]) is not (no_creatinine or gone["patient", "birth"] or gone["patient", "sex"])
        assert (("creatinine", "doses") in missing) is no_creatinine, gone
        assert (("age", "doses") in missing) is (not no_creatinine and gone["patient", "birth"]), gone
        assert (("sex", "doses") in missing) is (not no_creatinine and gone["patient", "sex"]), gone
        assert (("age", "range") in missing) is gone["patient", "birth"], gone
