"""Doses are arithmetic: grams, mmol, mEq and mg agree, speeds keep to the ceilings, recall gives no number."""

from __future__ import annotations

from itertools import pairwise

import pytest

from hypomag import knowledge
from hypomag.knowledge.values import SCALE

KNOWN = knowledge.load()
MOLAR_MASS = 24.305  # g/mol, IUPAC 2021
HEPTAHYDRATE = 246.47  # g/mol, MgSO4 with seven water
MMOL_PER_GRAM = 1000 / HEPTAHYDRATE
ALL = KNOWN.tables["treatments"].dicts()
SULFATE = [r for r in ALL if r["salt"] in ("sulfate_hepta", "sulfate_50") and not r["never_offer"]]
CEILING = {r["ceiling"]: r for r in KNOWN.tables["ceilings"].dicts()}


def of(row: dict, column: str) -> float | None:
    return None if row[column] is None else row[column] / SCALE


def test_one_gram_of_the_heptahydrate() -> None:
    salt = {r["salt"]: r for r in KNOWN.tables["salts"].dicts()}["sulfate_hepta"]
    assert of(salt, "mmol_low") == pytest.approx(MMOL_PER_GRAM, abs=0.005)
    assert of(salt, "meq_low") == pytest.approx(2 * MMOL_PER_GRAM, abs=0.01)
    assert of(salt, "elemental_mg_low") == pytest.approx(MMOL_PER_GRAM * MOLAR_MASS, abs=0.05)


@pytest.mark.parametrize("row", KNOWN.tables["salts"].dicts(), ids=lambda r: r["salt"])
def test_salts_agree_in_mg_mmol_and_meq(row: dict) -> None:
    """Products are printed rounded, so each figure may be off by half a unit of its last digit: 4 % covers it."""
    for end in ("low", "high"):
        mg, mmol, meq = (of(row, f"{c}_{end}") for c in ("elemental_mg", "mmol", "meq"))
        if mg is not None and mmol is not None:
            assert mmol == pytest.approx(mg / MOLAR_MASS, rel=0.04)
        if mmol is not None and meq is not None:
            assert meq == pytest.approx(2 * mmol, rel=0.05)


def test_a_recall_row_has_no_number_a_machine_could_give() -> None:
    table = KNOWN.tables["treatments"]
    assert {"grams_low", "mg_per_kg_high", "mmol_day_high", "minutes_low", "dose_max_g"} <= set(table.needs_seen)
    for row in ALL:
        if row["standing"] != "seen":
            assert [c for c in table.needs_seen if row[c] is not None] == [], row["treatment"]


@pytest.mark.parametrize("row", [r for r in SULFATE if r["route"] == "iv"], ids=lambda r: r["treatment"])
def test_speed_and_size_keep_to_the_ceilings(row: dict) -> None:
    high, minutes = of(row, "grams_high"), row["minutes_low"]
    if row["emergency"]:
        for column in ("grams_high", "dose_max_g"):
            assert (of(row, column) or 0) <= of(CEILING["emergency_dose"], "grams")
    elif high is not None and minutes is not None:
        assert high / (minutes / 3600) <= of(CEILING["iv_rate_highest"], "grams")
    rate = of(row, "rate_max_g_per_h")
    assert rate is None or rate <= of(CEILING["iv_rate_highest"], "grams")
    push = of(row, "rate_max_mg_min")
    assert push is None or push <= of(CEILING["iv_push_rate"], "mg")
    assert (of(row, "mg_per_kg_high") or 0) <= of(CEILING["child_dose"], "mg_per_kg")
    day = of(row, "mmol_day_high")
    assert day is None or day <= of(CEILING["iv_day_published"], "mmol")
    course = of(row, "course_max_g")
    assert course is None or course <= of(CEILING["iv_course"], "grams")


@pytest.mark.parametrize(
    ("treatment", "grams", "doses", "mmol"), [("nhsh_iv", 5, 3, 60), ("fda_severe_iv", 5, 1, 20), ("embeds", 5, 1, 20)]
)
def test_grams_and_mmol_of_published_regimens_agree(treatment: str, grams: int, doses: int, mmol: int) -> None:
    row = next(r for r in ALL if r["treatment"] == treatment)
    assert of(row, "grams_high") == grams
    assert (row["doses_max"] or 1) == doses
    assert grams * doses * MMOL_PER_GRAM == pytest.approx(mmol, rel=0.02)


def test_label_ceilings_history_and_obstetrics_are_never_offered() -> None:
    never = {r["treatment"] for r in ALL if r["never_offer"]}
    assert {"fda_severe_im", "preeclampsia", "ped_oral", "hsh_oral", "pn_child"} <= never
    assert CEILING["kidney_label"]["never_offer"] == CEILING["obstetric_day"]["never_offer"] == 1


def test_torsades_is_answered_whatever_the_level() -> None:
    for row in ALL:
        if row["treatment"].startswith("tdp_"):
            assert row["emergency"] == row["whatever_the_level"] == 1
            assert of(row, "dose_max_g") == 2


def test_the_40_g_course_is_160_mmol() -> None:
    assert of(CEILING["iv_course"], "grams") * MMOL_PER_GRAM == pytest.approx(160, rel=0.02)


def test_toxicity_alarms_at_the_lowest_figure_and_rises() -> None:
    signs = {r["sign"]: of(r, "mmol_l_from") for r in KNOWN.tables["toxicity"].dicts()}
    assert signs["dtr_down"] == 2.0, "label: reflexes begin to fall above 4 mEq/L"
    assert signs["dtr_lost"] == 3.0, "surgical text: lost at 6 mEq/L"
    assert signs["conduction"] == 2.5, "MSD: from 2.5 mmol/L"
    assert signs["early"] < signs["dtr_down"] < signs["dtr_lost"] < signs["av_block"] < signs["arrest"]


@pytest.mark.parametrize("protocol", sorted({r["protocol"] for r in KNOWN.tables["protocols"].dicts()}))
def test_bands_of_a_protocol_do_not_overlap(protocol: str) -> None:
    for unit in ("mg_dl", "mmol_l"):
        bands = [
            (of(r, f"from_{unit}") or 0.0, of(r, f"below_{unit}"))
            for r in KNOWN.tables["protocols"].dicts()
            if r["protocol"] == protocol and r[f"below_{unit}"] is not None and r["weight_below_kg"] is None
        ]
        bands.sort()
        for (_, end), (start, _) in pairwise(bands):
            assert end is not None
            assert end <= start


def test_interactions_keep_hours_or_say_avoid() -> None:
    for row in KNOWN.tables["interactions"].dicts():
        if row["kind"] == "absorption" and not row["avoid"] and row["drug"] != "ulipristal":
            assert row["hours_before"] is not None or row["hours_after"] is not None, row["interaction"]
    moxifloxacin = next(r for r in KNOWN.tables["interactions"].dicts() if r["interaction"] == "moxifloxacin")
    assert (moxifloxacin["hours_before"], moxifloxacin["hours_after"]) == (4 * 3600, 8 * 3600)
