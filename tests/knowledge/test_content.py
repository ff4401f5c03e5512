"""What must hold of the knowledge itself: standings, codes, never-a-cause, doses, the bibliography, the recall page."""

from __future__ import annotations

import csv
import re
from importlib.resources import files
from pathlib import Path

import pytest

from hypomag import knowledge
from hypomag.knowledge.recall import page

KNOWN = knowledge.load()
FOLDER = files("hypomag") / "knowledge"
STEPS = {"intake", "absorption", "gi_loss", "renal_loss", "redistribution", "other"}
# Read by other rooms with their own loader, so not described in schema.toml.
ELSEWHERE = re.compile(r"(body|sentences)/.*")


def rows(table: str) -> list[dict]:
    return KNOWN.tables[table].dicts()


def test_only_files_of_other_rooms_are_not_described() -> None:
    assert [name for name in KNOWN.ignored if not ELSEWHERE.fullmatch(name)] == []


def test_every_source_of_the_bibliography_is_used() -> None:
    used = {key for row in KNOWN.limits_rows for key in row["source"].split(";")}
    for file in Path(str(FOLDER)).rglob("*.csv"):
        if file.name != "sources.csv":
            lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("#")]
            for row in csv.DictReader(lines):
                used |= set((row.get("source") or "").split(";"))
    assert sorted(set(KNOWN.sources) - used) == []


def test_every_result_that_counts_has_a_rank() -> None:
    """One without would be no candidate, and its patient's magnesium not seen."""
    ranked = {row["remark"] for row in rows("remarks")}
    counts = {row["remark"] for row in rows("statuses") if row["fact"] == "observations" and row["is_eligible"] == 1}
    assert {"final", "preliminary"} <= counts <= ranked


def test_every_grade_has_one_name_in_both_families() -> None:
    names = {(row["scheme"], row["grade"], row["name"]) for row in rows("grades")}
    assert len(names) == len({name[:2] for name in names})


def test_a_source_that_was_not_read_is_not_seen() -> None:
    assert [s for s, row in KNOWN.sources.items() if row["extent"] == "none" and row["standing"] == "seen"] == []


def test_tables_with_facts_carry_source_standing_and_date() -> None:
    for name, table in KNOWN.tables.items():
        if name not in ("sources", "concepts", "limits"):
            assert {"source", "standing", "reviewed"} <= table.columns.keys(), name


def test_the_counts_of_the_reference_are_kept() -> None:
    effects = rows("drug_effects")

    def drugs(effect: str) -> int:
        return len({row["drug"] for row in effects if row["effect"] == effect})

    assert (drugs("lowers"), drugs("dangerous_when_low")) == (128, 49)
    assert drugs("raises") >= 20, "the reference has 20; more magnesium products may stand beside them"
    assert sum(not row["never_a_cause"] for row in rows("causes")) >= 105
    assert len({row["interaction"] for row in rows("interactions")}) == 84
    assert len(rows("salts")) == 21
    assert len(rows("toxicity")) == 9
    assert len(rows("risks")) == 28


# ---- causes


def test_look_alikes_are_never_a_cause_and_open_no_step() -> None:
    never = {row["cause"] for row in rows("causes") if row["never_a_cause"]}
    assert never == {"helix", "hypoalbuminemia_artifact", "edta_citrate_contamination", "dilution_artifact"}
    assert all(row["why_never"] for row in rows("causes") if row["cause"] in never)
    assert not never & {row["cause"] for row in rows("cause_steps")}
    assert not never & {row["cause"] for row in rows("drug_effects")}


def test_every_cause_opens_a_step() -> None:
    opened = {row["cause"] for row in rows("cause_steps")}
    assert {row["cause"] for row in rows("causes") if not row["never_a_cause"]} == opened
    assert {row["step"] for row in rows("cause_steps")} == STEPS


@pytest.mark.parametrize(
    ("cause", "steps"),
    [
        ("hyperthyroidism", {"renal_loss", "redistribution"}),
        ("porphyria_siadh", {"renal_loss", "gi_loss"}),
        ("infant_diabetic_mother", {"intake", "absorption", "renal_loss"}),
        ("alcohol_use_disorder", {"intake", "gi_loss", "renal_loss"}),
        ("hsh", {"absorption", "renal_loss"}),
        ("crrt_citrate", {"other"}),
        ("foscarnet", {"renal_loss", "redistribution"}),
    ],
)
def test_steps_follow_the_category(cause: str, steps: set[str]) -> None:
    assert {row["step"] for row in rows("cause_steps") if row["cause"] == cause} == steps


# ---- drugs


def test_a_drug_that_lowers_names_its_cause() -> None:
    assert [row["drug"] for row in rows("drug_effects") if row["effect"] == "lowers" and not row["cause"]] == []


ORDINARY = ["levothyroxine", "insulin", "colchicine", "mycophenolate_mofetil", "theophylline", "caffeine"]
INCRETINS = ["liraglutide", "semaglutide", "tirzepatide"]
LAXATIVES = ["bisacodyl", "senna", "sodium_picosulfate", "lactulose", "macrogol", "sodium_phosphate"]


@pytest.mark.parametrize("drug", [*ORDINARY, *INCRETINS, *LAXATIVES])
def test_drugs_that_count_only_with_something_say_with_what(drug: str) -> None:
    lowering = [row for row in rows("drug_effects") if row["drug"] == drug and row["effect"] == "lowers"]
    assert lowering
    assert all(row["only_with"] for row in lowering)


def test_one_ingredient_has_one_row_and_no_name_is_shared() -> None:
    owner: dict[str, str] = {}
    for row in rows("drugs"):
        for name in {row["name"], *(row["also"] or "").split(";")} - {""}:
            other = owner.setdefault(name.casefold(), row["drug"])
            assert other == row["drug"], f"{name} names {other} and {row['drug']}"


# ---- codes


def test_codes_that_name_the_finding_are_no_cause() -> None:
    causes = {row["cause"] for row in rows("causes")}
    for code in ("E83.42", "E61.2", "275.2"):
        assert {r["concept"] for r in rows("codes") if r["code"] == code} == {"finding_hypomagnesemia"}, code
    sure = {r["concept"] for r in rows("codes") if r["code"] == "P71.2" and r["sure"]}
    assert not sure & causes


def test_kidney_disease_is_never_a_cause() -> None:
    causes = {row["cause"] for row in rows("causes")}
    kidney = [r for r in rows("codes") if re.match(r"N18|585", r["code"])]
    assert kidney
    assert not {r["concept"] for r in kidney} & causes


SHARED = ["T45.1X5A", "Z51.11", "Z51.12", "N25.89", "E88.49", "R79.89", "E87.8", "T50.995A"]


@pytest.mark.parametrize("code", SHARED)
def test_codes_shared_by_many_causes_decide_none(code: str) -> None:
    causes = {row["cause"] for row in rows("causes")}
    assert [r["concept"] for r in rows("codes") if r["code"] == code and r["sure"] and r["concept"] in causes] == []


def test_no_exact_code_surely_says_two_tests_or_two_drugs() -> None:
    for system in ("loinc", "atc", "rxnorm"):
        said: dict[str, set[str]] = {}
        for row in rows("codes"):
            if row["system"] == system and row["sure"]:
                said.setdefault(row["code"], set()).add(row["concept"])
        assert {code: who for code, who in said.items() if len(who) > 1} == {}, system


@pytest.mark.parametrize(
    ("code", "analyte", "kind"),
    [
        ("19123-9", "magnesium", "mass"),
        ("2601-3", "magnesium", "moles"),
        ("2597-3", "magnesium_red_cell", "moles"),
        ("21377-7", "magnesium_whole_blood", "mass"),
        ("2598-1", "magnesium_urine", "moles"),
        ("24447-5", "magnesium_urine_24h", "mass"),
        ("29265-6", "calcium_corrected", "moles"),
    ],
)
def test_loinc_of_magnesium_keep_specimen_and_property(code: str, analyte: str, kind: str) -> None:
    assert [(r["concept"], r["property"]) for r in rows("codes") if r["code"] == code] == [(analyte, kind)]


def test_a_red_cell_code_with_a_wrong_check_digit_stays_out() -> None:
    assert "29900-7" not in {row["code"] for row in rows("codes")}


# ---- what only adds caution


def test_ids_are_shared_only_by_a_drug_and_the_cause_named_after_it() -> None:
    kinds: dict[str, set[str]] = {}
    for row in rows("concepts"):
        kinds.setdefault(row["concept"], set()).add(row["kind"])
    shared = {concept: kind for concept, kind in kinds.items() if len(kind) > 1}
    assert shared == {c: {"drug", "condition"} for c in ("cisplatin", "foscarnet", "pentamidine")}


def test_advice_without_a_dose() -> None:
    dose = re.compile(r"\d\s*(g|mg|mcg|mmol|mEq|mL)\b(?!/(dL|L))")
    for row in rows("causes"):
        assert not dose.search(row["first_step"]), row["cause"]
    for row in rows("drugs"):
        assert not dose.search(row["management"] or ""), row["drug"]


def test_no_dangerous_abbreviation_in_what_people_may_read() -> None:
    for name, table in KNOWN.tables.items():
        if name == "words":  # what people write, not what they are shown
            continue
        for row in table.rows:
            for cell in row:
                assert not re.search(r"\b(MgSO4|MSO4|amp)\b", str(cell)), f"{name}: {cell}"


def test_the_recall_page_is_current() -> None:
    written = Path(__file__).parents[2] / "docs" / "why" / "recall.md"
    assert written.read_text("utf-8") == page(KNOWN), "run: python -m hypomag.knowledge.recall > docs/why/recall.md"
