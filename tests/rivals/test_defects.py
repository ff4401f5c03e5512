"""Defects seen in other magnesium tools, and published medication errors, each as a case that must come out right here.

Every case names whose defect it is and what the right answer is and why; docs/reference pages list the same tools.
"""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from hypomag import check
from hypomag.assess import assess
from hypomag.read import read
from hypomag.record import Refused
from hypomag.write import text

Row = dict[str, Any]
GOOD_KIDNEYS = ["0.8 mg/dL", {"value": "0.8 mg/dL", "time": "2026-01-01"}]


def ask(magnesium: str | None, **more: Any) -> Row:
    patient = {"age": "60 y", "sex": "male", "weight": "70 kg"} | more.pop("patient", {})
    labs = ({"magnesium": magnesium} if magnesium else {}) | {"creatinine": GOOD_KIDNEYS} | more.pop("labs", {})
    form = {"as_of": "2026-01-02", "patient": patient, "labs": {k: v for k, v in labs.items() if v}} | more
    return assess(read(json.dumps(form).encode()))


def options(answer: Row) -> list[Row]:
    return answer["treatment"]["options"]


def grams(answer: Row) -> float:
    """The most magnesium sulfate that any one option comes to in all, in grams; 0 where no number is said."""
    by_vein = [o for o in options(answer) if o["way"] not in ("po", "antidote")]
    return max((((o["most"] or o)["grams"] or 0) * (o["doses"] or 1) for o in by_vein), default=0)


class TestADeficitTimesAWeight:
    """A page reckons (target - level) x 5 x kilograms: 280 mEq = 34.5 g for 1.2 mg/dL at 70 kg, without any kidney."""

    def test_it_never_proposes_the_whole_deficit(self) -> None:
        assert 0 < grams(ask("1.19 mg/dL")) <= 15  # 60 mmol, the most a published protocol for low magnesium gives

    def test_the_deficit_is_a_guess_beside_the_doses(self) -> None:
        deficit = ask("1.1 mg/dL")["treatment"]["deficit"]
        assert deficit["mmol"] == [35, 70] and "not a dose" in deficit["text"]  # 0.5 to 1 mmol/kg

    def test_dialysis_gets_no_six_grams(self) -> None:
        answer = ask("1.2 mg/dL", conditions=["hemodialysis"], labs={"creatinine": "6 mg/dL"})
        assert grams(answer) == 0 and any(o["way"] == "dialysate" for o in options(answer))

    def test_a_normal_level_in_another_unit_is_no_deficit(self) -> None:
        answer = ask("0.9 mmol/L")
        assert answer["level"]["status"] == "normal" and options(answer) == []

    def test_magnesium_oxide_is_not_called_best_absorbed(self) -> None:
        answer = ask("1.5 mg/dL")
        products = [p for o in options(answer) for p in o["products"]]
        assert products and all(p["absorption"] == "good" and p["salt"] != "oxide" for p in products)

    def test_torsades_has_one_speed(self) -> None:
        dose = [o for o in options(ask("1.2 mg/dL", ecg={"rhythm": "torsades de pointes"})) if o["way"] == "emergency"]
        assert [(o["grams"], o["hours"]) for o in dose] == [(2, pytest.approx(5 / 60, abs=1e-3))]


class TestWrongRoutesThroughAFlowChart:
    """A chart sends 2.0 mg/dL into the work-up of low magnesium, calls 1.5-1.7 normal, files PPI under the kidney."""

    def test_normal_is_not_worked_up(self) -> None:
        answer = ask("2.0 mg/dL", medications=["omeprazole 20 mg daily"])
        assert answer["level"]["status"] == "normal" and options(answer) == []

    @pytest.mark.parametrize("value", ["1.5", "1.6", "1.69"])
    def test_what_is_under_the_limit_is_low(self, value: str) -> None:
        assert ask(f"{value} mg/dL")["level"]["status"] == "low"

    def test_a_ppi_fails_in_the_gut(self) -> None:
        steps = {s["step"]: s["probability"] for s in ask("1.3 mg/dL", medications=["omeprazole 20 mg daily"])["steps"]}
        assert steps["absorption"] > steps["renal_loss"]


def test_fractional_excretion_has_its_seven_tenths() -> None:
    """Without the 0.7 it is 30 % too low. 100 x 5 x 1.0 / (0.7 x 1.2 x 100) = 5.95 %."""
    urine = {"urine_magnesium": "5 mg/dL", "urine_creatinine": "100 mg/dL", "creatinine": "1.0 mg/dL"}
    assert ask("1.2 mg/dL", labs=urine)["fractional_excretion"]["low"] == pytest.approx(5.952, abs=0.01)


def test_albumin_corrects_no_magnesium() -> None:
    """Pages correct by 0.005 mg/dL per g/dL (24 times too small) or in mEq/L: here albumin is said, and changes nothing."""
    plain, thin = ask("1.5 mg/dL"), ask("1.5 mg/dL", labs={"albumin": "2.0 g/dL"})
    assert thin["level"]["value_mmol_l"] == plain["level"]["value_mmol_l"]
    assert "low_albumin" in {flag["flag"] for flag in thin["level"]["flags"]}


@pytest.mark.parametrize("value", ["0.99", "1.0", "1.19", "1.2", "1.349", "1.35", "1.49", "1.5", "1.59", "1.6", "1.69"])
def test_no_level_falls_between_two_bands(value: str) -> None:
    """Advisors with bands "00-13" and "14-19", or 1.9 to 2.0 nowhere: every low level has a grade and an option."""
    answer = ask(f"{value} mg/dL")
    assert answer["level"]["ctcae_grade"] is not None and options(answer)


@pytest.mark.parametrize("value", ["1.9", "1.95", "2.0"])
def test_no_level_in_range_is_treated(value: str) -> None:
    assert options(ask(f"{value} mg/dL")) == []


class TestAMissingCreatinine:
    """A public snippet returns a clearance of 60 and "no adjustment" where creatinine is missing."""

    def test_it_gives_no_figure(self) -> None:
        answer = ask("1.0 mg/dL", labs={"creatinine": None})
        assert all(o["mmol"] is None for o in options(answer))
        states = {g["guard"]: g["state"] for g in answer["treatment"]["guards"]}
        assert states["creatinine_recent"] == states["kidney_below_30"] == "not_assessed"

    def test_an_old_one_gives_none_by_vein(self) -> None:
        answer = ask("1.0 mg/dL", labs={"creatinine": {"value": "0.8 mg/dL", "time": "2025-12-20"}})
        assert grams(answer) == 0


def test_a_plan_starts_refused_not_approved() -> None:
    """Order checks that start with `approved: true` and have no kidney: here a figure without its looks is a fault."""
    answer = deepcopy(ask("1.0 mg/dL"))
    answer["treatment"]["guards"] = []
    answer["treatment"]["basis"] = dict.fromkeys(answer["treatment"]["basis"])
    looked = check.last_look(answer)["treatment"]
    assert looked["options"] == [] and looked["refused"]


class TestQuantities:
    """Libraries drop the comparator of "< 0.5", read a unit without a code as nothing, throw at a missing unit."""

    def observation(self, quantity: Row) -> Row:
        resource = {"resourceType": "Observation", "id": "m", "status": "final", "subject": {"reference": "Patient/p"},
                    "code": {"text": "Magnesium"}, "effectiveDateTime": "2026-01-02", "valueQuantity": quantity}  # fmt: skip
        patient = {"resourceType": "Patient", "id": "p", "birthDate": "1960-01-01", "gender": "male"}
        entry = [{"resource": patient}, {"resource": resource}]
        return assess(read(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entry}).encode()))

    def test_a_comparator_is_an_interval(self) -> None:
        level = self.observation({"value": 0.6, "comparator": "<", "unit": "mmol/L"})["level"]
        assert level["status"] == "low" and level["ctcae_grade"] is None

    def test_a_unit_without_a_code_is_a_unit(self) -> None:
        assert self.observation({"value": 1.1, "unit": "mg/dL"})["level"]["ctcae_grade"] == 2

    def test_a_missing_unit_is_cannot_tell(self) -> None:
        answer = self.observation({"value": 1.1})
        assert answer["level"]["status"] == "cannot_tell" and all(o["mmol"] is None for o in options(answer))

    def test_xml_is_refused(self) -> None:
        with pytest.raises(Refused):
            read(b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><Bundle>&x;</Bundle>')


class TestPublishedErrors:
    """ISMP 1997 and JAMA 1989;261:557: units and quantities that killed or nearly did."""

    def dose(self) -> Row:
        return next(o for o in options(ask("1.0 mg/dL")) if o["key"] == "severe_nhs_highland")

    def test_two_is_not_read_as_fifty_one(self) -> None:
        """2 g was read as 51 g: a changed figure is refused by the last look, in number and in words."""
        for change in ({"grams": 51.0}, {"text": self.dose()["text"].replace("5 g", "51 g")}):
            answer = deepcopy(ask("1.0 mg/dL"))
            next(o for o in options(answer) if o["key"] == "severe_nhs_highland").update(change)
            assert "severe_nhs_highland" in check.faults(answer)

    def test_milliequivalents_are_no_millilitres(self) -> None:
        """10 mEq was made up as 10 mL (40 mEq): a dose is said in grams, mmol and mEq, and millilitres are the bag's."""
        dose = self.dose()
        assert all(unit in dose["line"] for unit in (" g magnesium sulfate", " mmol", " mEq", " mg of magnesium"))
        assert dose["meq"] == pytest.approx(2 * dose["mmol"]) and dose["grams"] == pytest.approx(dose["mmol"] / 4.06)

    def test_milligrams_are_no_milliequivalents(self) -> None:
        """150 mg was entered as 150 mEq (123 times as much): amounts that do not agree are refused."""
        answer = deepcopy(ask("1.0 mg/dL"))
        option = next(o for o in options(answer) if o["key"] == "severe_nhs_highland")
        option["meq"] = option["elemental_mg"]
        assert any("do not agree" in fault for fault in check.faults(answer)["severe_nhs_highland"])

    def test_sixteen_milliequivalents_are_not_sixteen_grams(self) -> None:
        answer = deepcopy(ask("1.0 mg/dL"))
        option = next(o for o in options(answer) if o["key"] == "severe_nhs_highland")
        option["grams"] = 16.0
        assert "severe_nhs_highland" in check.faults(answer)

    @pytest.mark.parametrize(
        "said", [{"dose": "1 amp", "name": "magnesium sulfate"}, {"name": "magnesium sulfate 1 vial IV"}]
    )
    def test_an_ampoule_is_an_unknown_amount(self, said: Row) -> None:
        """ "1 amp" was given as a 50 mL vial: it is 1 g or 5 g, so the day's magnesium is not known and no figure follows."""
        given = said | {"kind": "given", "route": "iv", "since": "2026-01-02"}
        answer = ask("1.0 mg/dL", medications=[given])
        states = {g["guard"]: g["state"] for g in answer["treatment"]["guards"]}
        assert states["magnesium_day"] == "not_assessed" and grams(answer) == 0

    def test_a_pump_is_told_its_rate(self) -> None:
        """A pump was set to 310 for 30 mL/h: each infusion says volume, time and rate, and rates are held to 2 g/h."""
        for option in options(ask("1.0 mg/dL")):
            if option["way"] == "iv":
                assert option["hours"] and option["rate_g_per_h"] <= 2 and " g/h)" in option["line"]
        answer = deepcopy(ask("1.0 mg/dL"))
        next(o for o in options(answer) if o["key"] == "severe_nhs_highland")["hours"] /= 10
        assert "severe_nhs_highland" in check.faults(answer)

    def test_magnesium_is_written_in_full(self) -> None:
        shown = text.write(ask("1.0 mg/dL", symptoms=["seizure"]), explain=True)
        assert "magnesium sulfate" in shown
        assert not any(word in shown for word in ("MgSO4", "MSO4", "MgSO₄", " amp ", " amps ", "ampoule"))


class TestByVeinForEveryone:
    """A benchmark's rule: 1.5-1.9 -> 1 g, 1-1.5 -> 2 g, under 1 -> 4 g, by vein, no kidney, no mouth, no symptoms."""

    @pytest.mark.parametrize("value", ["1.3", "1.5", "1.6"])
    def test_mild_and_well_goes_by_mouth(self, value: str) -> None:
        assert {o["route"] for o in options(ask(f"{value} mg/dL"))} == {"po"}

    def test_in_range_gets_nothing(self) -> None:
        assert options(ask("1.8 mg/dL")) == []

    @pytest.mark.parametrize(("creatinine", "most"), [("3.0 mg/dL", 2), ("6.0 mg/dL", 0)])
    def test_a_failing_kidney_gets_less_or_nothing(self, creatinine: str, most: float) -> None:
        old = {"value": creatinine, "time": "2026-01-01"}
        assert grams(ask("0.9 mg/dL", labs={"creatinine": [creatinine, old]})) == most


def test_high_magnesium_is_no_magnesium_disorder_to_replace() -> None:
    """A public concept set of low magnesium holds every disorder of magnesium, high ones too: high is told as high."""
    answer = ask("3.5 mg/dL", conditions=["hypermagnesemia"])
    assert answer["level"]["status"] == "high"
    assert all(o["way"] == "antidote" for o in options(answer))
