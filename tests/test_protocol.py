"""A protocol asked for: by name or as a file, what it gives, whom it leaves out, and that nothing lets it past a ceiling."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from hypomag import check, protocol
from hypomag.assess import assess
from hypomag.read import read
from hypomag.write import text

HEAD = (
    "protocol,band,name,from_mmol_l,below_mmol_l,or_symptoms,route,salt,grams,mmol_day,volume_ml,hours,doses,"
    "interval_hours,renal_egfr_below,renal_factor,exclude,exclude_egfr_below,action,source"
)
FINE = {"protocol": "ours", "band": "1", "name": "Our hospital", "below_mmol_l": "0.5", "route": "iv", "grams": "4",
        "hours": "4", "volume_ml": "500", "action": "4 g over 4 h", "source": "Guideline 12"}  # fmt: skip
KIDNEYS = ["0.8 mg/dL", {"value": "0.8 mg/dL", "time": "2026-01-01"}]


def form(magnesium: str, **more: Any) -> dict[str, Any]:
    """A grown person whose kidneys were looked at twice and work."""
    patient = {"age": "60 y", "sex": "female", "weight": "70 kg"} | more.pop("patient", {})
    labs = {"magnesium": magnesium, "creatinine": KIDNEYS} | more.pop("labs", {})
    return {"as_of": "2026-01-02", "patient": patient, "labs": labs} | more


def asked(given: dict[str, Any], name: str | Path) -> dict[str, Any]:
    return assess(read(json.dumps(given).encode()), protocol=name)


def written(folder: Path, *rows: dict[str, str]) -> Path:
    file = folder / "ours.csv"
    with file.open("w", newline="") as out:
        out.write("# our own\n")
        writer = csv.DictWriter(out, HEAD.split(","))
        writer.writeheader()
        writer.writerows(rows)
    return file


def ordinary(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {o["key"]: o for o in answer["treatment"]["options"] if o["scenario"] == "protocol"}


@pytest.mark.parametrize(
    ("name", "magnesium", "grams", "hours", "doses", "mmol"),
    [  # the protocols as published: reference E5 and the sources named there
        ("nhs_highland", "0.45 mmol/L", 5, 3, 3, None),
        ("nhs_highland", "0.5 mmol/L", None, None, None, (10, 20)),
        ("nhs_2016", "0.49 mmol/L", 5, 3, 1, None),
        ("nhs_2016", "0.6 mmol/L", None, None, None, (10, 20.16)),
        ("embeds", "0.39 mmol/L", 5, 3, 1, None),
        ("embeds", "0.4 mmol/L", None, None, None, (10, 20)),
        ("harrison", "0.45 mmol/L", 12.31, 24, 1, None),
        ("us_label", "0.9 mg/dL", 5, 3, 1, None),
        ("us_label", "1.5 mg/dL", 1, None, 4, None),
        ("dharsaty", "1.5 mg/dL", 4, 2, 1, None),
        ("globalrph", "1.1 mg/dL", 4, 4, 1, None),
        ("globalrph", "1.5 mg/dL", 3, 3, 1, None),
    ],
)
def test_a_published_protocol_gives_its_dose(
    name: str, magnesium: str, grams: float | None, hours: float | None, doses: int | None, mmol: Any
) -> None:
    answer = asked(form(magnesium), name)
    (option,) = ordinary(answer).values()
    top = option["most"] or option
    if mmol is None:
        assert (top["grams"], option["hours"], option["doses"]) == (grams, hours, doses)
    else:
        assert (option["mmol"], top["mmol"]) == pytest.approx(mmol, abs=0.01)
    assert answer["treatment"]["protocol"]["applies"] and answer["treatment"]["protocol"]["standing"] == "seen"
    assert {o["scenario"] for o in answer["treatment"]["options"]} <= {"protocol"}
    assert option["sources"] and check.faults(answer) == {}


@pytest.mark.parametrize(
    ("name", "given", "because"),
    [
        ("nhs_highland", form("0.45 mmol/L", conditions=["refeeding syndrome"]), "refeeding"),
        ("nhs_2016", form("0.45 mmol/L", symptoms=["seizure"]), "symptoms"),
        ("leeds", form("0.45 mmol/L"), "no band"),
        ("dharsaty", form("1.2 mg/dL"), "no band"),
        ("nhs_highland", form("0.9 mmol/L"), "not low"),
        ("nhs_highland", form("0.9"), "not low, or not known"),
    ],
)
def test_whom_it_does_not_hold_is_said_and_the_rest_stands(name: str, given: dict[str, Any], because: str) -> None:
    answer = asked(given, name)
    chosen = answer["treatment"]["protocol"]
    assert not chosen["applies"] and because in " ".join(chosen["because"])
    assert ordinary(answer) == {} and chosen["text"] in text.write(answer).replace("\n    ", " ").replace("\n  ", " ")
    plain = assess(read(json.dumps(given).encode()))
    assert answer["treatment"]["options"] == plain["treatment"]["options"]


@pytest.mark.parametrize("name", ["nhcp", "uw_health", "generic_us", "uk_label_20", "nonsense"])
def test_a_protocol_without_a_dose_is_refused_with_those_that_have_one(name: str) -> None:
    with pytest.raises(ValueError, match="nhs_highland"):
        protocol.named(name)


def test_an_own_protocol_is_shown_as_its_own(tmp_path: Path) -> None:
    answer = asked(form("0.45 mmol/L"), written(tmp_path, FINE))
    option = ordinary(answer)["ours_1"]
    assert (option["grams"], option["hours"], option["dilution_ml"], option["rate_g_per_h"]) == (4, 4, 500, 1)
    assert (option["standing"], option["sources"]) == ("local", ["Guideline 12"])
    shown = " ".join(text.write(answer).split())
    assert "Our hospital (source: Guideline 12; the hospital's own, not checked against any source)" in shown


def test_guards_hold_an_own_protocol_down(tmp_path: Path) -> None:
    file = written(tmp_path, FINE | {"renal_egfr_below": "45", "renal_factor": "0.25"})
    single = form("0.45 mmol/L", labs={"creatinine": "0.8 mg/dL"})
    assert ordinary(asked(single, file))["ours_1"]["grams"] == 2  # no earlier creatinine: 2 g, then a level
    kidney = form("0.45 mmol/L", labs={"creatinine": ["1.6 mg/dL", {"value": "1.6 mg/dL", "time": "2026-01-01"}]})
    assert ordinary(asked(kidney, file))["ours_1"]["grams"] == 1  # eGFR 36: its own quarter
    blocked = asked(form("0.45 mmol/L", conditions=["complete heart block"]), file)
    assert ordinary(blocked) == {} and any(r["key"] == "ours_1" for r in blocked["treatment"]["refused"])
    none = asked(form("0.45 mmol/L", labs={"creatinine": "9 mg/dL"}), file)
    assert not any(o["mmol"] for o in none["treatment"]["options"])
    nothing_known = asked({"as_of": "2026-01-02", "labs": {"magnesium": "0.45 mmol/L"}}, file)
    assert all(o["mmol"] is None for o in nothing_known["treatment"]["options"])


WRONG = [  # what stands in the file, and what its sentence must name
    ({"grams": "5g"}, "line 3, field grams: '5g' is not a number"),
    ({"grams": "10", "hours": "1"}, "field grams: makes 10 g an hour"),
    ({"grams": "8", "hours": "8", "doses": "3", "interval_hours": "8"}, "field grams: makes 24 g in 24 hours"),
    ({"grams": "10", "hours": "20", "doses": "5", "interval_hours": "24"}, "field doses: makes 50 g in all"),
    ({"grams": "-4"}, "field grams: must be above 0"),
    ({"grams": ""}, "field grams: by vein write grams"),
    ({"hours": ""}, "field hours: by vein write how many hours"),
    ({"doses": "2"}, "field interval_hours: is empty"),
    ({"route": "oral"}, "field route: 'oral' is none of iv, im, po"),
    ({"route": "im", "grams": "5", "hours": ""}, "field grams: into the muscle the most"),
    ({"route": "po", "grams": "", "hours": "", "mmol_day": "25"}, "field mmol_day: is above 20.16 mmol (490 mg"),
    ({"route": "po", "grams": "", "hours": "", "mmol_day": "10", "salt": "epsom"}, "field salt: 'epsom' is not in"),
    ({"exclude": "renal_failure"}, "field exclude: 'renal_failure' is no concept"),
    ({"renal_factor": "0.5"}, "field renal_factor: goes with"),
    ({"renal_factor": "2", "renal_egfr_below": "30"}, "field renal_factor: must be above 0 and not above 1"),
    ({"source": ""}, "field source: is empty"),
    ({"name": ""}, "field name: is empty"),
    ({"protocol": "Our Hospital"}, "field protocol: 'Our Hospital' is not an id"),
]


@pytest.mark.parametrize(("change", "sentence"), WRONG, ids=[f"{n}-{'-'.join(w[0])}" for n, w in enumerate(WRONG)])
def test_a_fault_is_a_sentence_with_line_and_field(change: dict[str, str], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError) as refused:
        protocol.named(written(tmp_path, FINE | change))
    assert str(refused.value).startswith("ours.csv") and sentence in str(refused.value)


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ours.csv"
    for content, sentence in (
        ("", "needs a header line"),
        ("protocol,band,dose\nours,1,5 g\n", "line 1: there is no field 'dose'"),
        ("protocol,band,name\nours,1\n", "line 2 has 2 cells"),
        ("protocol,protocol\nours,1\n", "stands there twice"),
    ):
        file.write_text(content)
        with pytest.raises(ValueError, match=r"ours\.csv") as refused:
            protocol.own(file)
        assert sentence in str(refused.value)
    with pytest.raises(ValueError, match="cannot be read"):
        protocol.own(tmp_path / "missing.csv")


def test_the_documented_file_is_a_protocol(tmp_path: Path) -> None:
    page = (Path(__file__).parents[1] / "docs" / "how-to" / "protocol.md").read_text("utf-8")
    file = tmp_path / "documented.csv"
    file.write_text(page.split("```csv\n")[1].split("```")[0])
    found = protocol.own(file)
    assert [band["treatment"] for band in found.bands] == ["ours_1", "ours_2"]
    assert found.excludes == ("refeeding", "heart_block")
    for name in protocol.names():
        assert f"`{name}`" in page
