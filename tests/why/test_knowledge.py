"""The tables of why fit each other: no cause without a weight, no pattern without its numbers."""

from __future__ import annotations

import itertools
from collections import defaultdict

import pytest
from tools import derive_why

from tests.why.model import layer, likelihood, table


@pytest.mark.parametrize("name", ["cause_weights", "drug_weights", "steps", "finding_patterns", "pattern_entropies"])
def test_calculated_columns_are_as_the_tool_makes_them(name: str) -> None:
    assert derive_why.file_of(name).read_text("utf-8") == derive_why.derived()[name]


def test_every_cause_has_a_weight_at_each_of_its_steps_and_no_look_alike_has_one() -> None:
    causes = {row["cause"] for row in table("causes") if not row["never_a_cause"]}
    steps = {(row["cause"], row["step"]) for row in table("cause_steps") if row["cause"] in causes}
    assert {(row["cause"], row["step"]) for row in table("cause_weights")} == steps
    assert {cause for cause, _ in steps} == causes


def test_weights_lie_within_their_uncertainty_and_hidden_chances_below_them() -> None:
    for row in table("cause_weights"):
        assert 0 < row["hidden"] < row["weight"], row
        assert 0 < row["low"] <= row["weight"] <= row["high"] < 10_000, row
    for row in table("drug_weights"):
        assert 0 < row["low"] <= row["weight"] <= row["high"] < 10_000, row
    for row in table("risk_excess"):
        assert row["excess_low"] <= row["excess"] <= row["excess_high"] < 10_000, row


def test_a_weight_from_a_figure_says_which_and_stands_on_a_source() -> None:
    for name in ("cause_weights", "drug_weights", "risk_excess"):
        for row in table(name):
            if row["how"] != "judgement":
                assert any(c.isdigit() for c in row["because"]), row
                assert set(row["source"].split(";")) - {"JUDGEMENT", "RECALL"}, row


def test_every_pattern_named_has_its_numbers() -> None:
    known = set(likelihood())
    for name in ("cause_patterns", "step_patterns"):
        for row in table(name):
            assert (row["finding"], row["pattern"]) in known, row
    for finding in layer():
        assert (finding, "background") in known, finding


def test_every_value_a_record_can_give_is_one_the_patterns_know() -> None:
    values = {f: set(v) for (f, pattern), v in likelihood().items() if pattern == "background"}
    shows = defaultdict(set)
    for row in table("finding_tests"):
        shows[row["analyte"]].add(row["finding"])
    for row in table("finding_bands"):
        for finding in shows[row["analyte"]]:
            assert row["value"] in values[finding], row
    for row in table("finding_concepts"):
        assert row["value"] == "told" or row["value"] in values[row["finding"]], row
    for row in table("finding_words"):
        assert row["value"] in values[row["finding"]], row
    for row in table("consequences"):
        assert row["value"] in values[row["finding"]], row
    assert {row["value"] for row in table("age_bands")} == values["age"]
    assert {row["value"] for row in table("severity_bands")} == values["severity"]


def test_bands_of_a_test_leave_no_gap_and_do_not_overlap() -> None:
    bands = defaultdict(list)
    for row in table("finding_bands"):
        bands[row["analyte"]].append((row["from_value"], row["below_value"]))
    for analyte, of in bands.items():
        of.sort(key=lambda band: -1 if band[0] is None else band[0])
        assert of[0][0] is None and of[-1][1] is None, analyte
        assert all(a[1] == b[0] for a, b in itertools.pairwise(of)), analyte


def test_each_way_of_losing_magnesium_by_gene_has_a_pattern_of_its_own() -> None:
    genes = {row["cause"] for row in table("causes") if "genetic" in row["category"]}
    patterns = defaultdict(set)
    for row in table("cause_patterns"):
        patterns[row["cause"]].add((row["finding"], row["pattern"]))
    assert all(("gene_panel", "typical") in patterns[gene] for gene in genes)
    assert all(len(patterns[gene]) > 2 for gene in genes)


def test_what_finds_the_cause_follows_the_pattern_of_the_cause() -> None:
    """A pattern of potassium, urine calcium, bicarbonate or blood pressure is what causes.csv says, or sharper."""
    columns = {"potassium": "potassium", "urine_calcium": "urine_calcium", "bicarbonate": "acid_base"}
    words = {row["cause"]: row for row in table("causes")}
    for row in table("cause_patterns"):
        if row["finding"] in columns and row["pattern"] != "defining":
            assert words[row["cause"]][columns[row["finding"]]] == row["pattern"], row
