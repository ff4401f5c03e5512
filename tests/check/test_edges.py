"""Each ceiling at its edge: an option that is just there has no fault, one a hair past it has that fault and no other.

The options are made up from nothing but what the check reads, so that a fault is never hidden behind another one.
The ceilings are entered here a second time, as the sources give them.
"""

from __future__ import annotations

from typing import Any

import pytest

from hypomag import check, knowledge
from hypomag.check.amounts import over

Row = dict[str, Any]

HAIR = 1 + 1e-6
MMOL_PER_GRAM, MG_PER_MMOL = 4.06, 24.305  # of magnesium sulfate heptahydrate; of magnesium
CLEAR = {row["guard"]: "clear" for row in knowledge.load().tables["guards"].dicts()}
ADULT = {
    "age_years": 50, "weight_kg": 70.0, "egfr": 90.0,
    "magnesium_given_24h_mmol": 0.0, "magnesium_by_mouth_24h_mmol": 0.0,
}  # fmt: skip
NO_AMOUNT = dict.fromkeys(check.AMOUNTS)


def amount(mmol: float, grams: bool = True) -> Row:
    return {
        "mmol": mmol, "meq": 2 * mmol, "elemental_mg": MG_PER_MMOL * mmol, "grams": mmol / MMOL_PER_GRAM if grams else None,
    }  # fmt: skip


def of_grams(grams: float) -> Row:
    return amount(grams * MMOL_PER_GRAM) | {"grams": grams}


def option(way: str, amounts: Row, **values: Any) -> Row:
    plain = {
        "key": "made_up", "title": "", "text": "", "line": "", "limits": [], "products": [], "product": None, "also": [],
        "most": None, "doses": None, "interval_hours": None, "hours": 10.0, "rate_g_per_h": None, "dilution_ml": None,
    }  # fmt: skip
    return plain | {"way": way} | amounts | values


def faults(o: Row, *others: Row, guards: Row | None = None, status: str = "low", **basis: Any) -> list[str]:
    """What is said of the first option."""
    states = CLEAR | (guards or {})
    treatment = {
        "options": [o, *others],
        "guards": [{"guard": guard, "state": state} for guard, state in states.items()],
        "basis": ADULT | basis,
    }
    return check.faults({"level": {"status": status}, "treatment": treatment}).get("made_up", [])


def only(said: list[str], *fragments: str) -> bool:
    return len(said) == len(fragments) and all(f in s for f, s in zip(fragments, said, strict=True))


CHILD = {"age_years": 8, "weight_kg": 20.0}  # at most 50 mg/kg: 1 g
BIG_CHILD = {"age_years": 8, "weight_kg": 50.0}  # at most 2 g, whatever the weight
# (way, grams, what is said of it, the patient, the fault past the edge)
EDGES = [
    ("emergency", 2.0, {}, {}, ["g in an emergency dose"]),
    ("emergency", 1.0, {"doses": 4}, {}, ["g in emergency doses"]),
    ("emergency", 1.2, {"hours": 0.05}, {}, ["mg a minute"]),  # 3 minutes
    ("emergency", 2.0, {"doses": 1, "hours": 1.0, "dilution_ml": 10.0}, {}, ["emergency dose", "percent in a vein"]),
    ("emergency", 1.0, {}, CHILD, ["mg in a child's dose"]),
    ("emergency", 1.0, {"hours": 1 / 12}, CHILD, ["mg in a child's dose", "mg a minute in a child"]),  # 5 minutes
    ("emergency", 2.0, {}, BIG_CHILD, ["emergency dose", "g in a child's dose"]),
    ("iv", 2.0, {"hours": 1.0}, {}, ["g an hour"]),
    ("iv", 8.0, {"hours": 5.0, "also": [{"hours": 4.0}]}, {}, ["g an hour"]),
    ("nutrition", 2.0, {"hours": 1.0}, {}, ["g an hour"]),
    ("iv", 1.0, {"dilution_ml": 5.0}, {}, ["percent in a vein"]),
    ("iv", 2.0, {"doses": 20, "interval_hours": 24.0}, {}, ["g in a course"]),
    ("im", 4.0, {"hours": None}, {}, ["g into the muscle in a day"]),
    ("im", 2.0, {"hours": None, "doses": 2, "interval_hours": 23.5}, {}, ["g into the muscle in a day"]),
    ("im", 2.0, {"hours": None, "doses": 9, "interval_hours": 12.0}, {}, ["g into the muscle in a day"]),
    ("im", 1.6, {"hours": None, "doses": 2.5}, {}, ["g into the muscle in a day"]),
    ("im", 2.0, {"hours": None}, BIG_CHILD, ["g in a child's dose"]),
    ("iv", 1.0, {}, CHILD, ["mg in a child's dose"]),
    ("iv", 1.0, {"doses": 3}, CHILD | {"egfr": 90.0}, ["in 24 hours in a child", "mg in a child's dose"]),
    ("iv", 2.0, {"doses": None}, {"egfr": 29.9}, ["before a level with this kidney"]),
    ("iv", 1.0, {"doses": 2}, {"egfr": 29.9}, ["before a level with this kidney"]),
    ("iv", 1.0, {"doses": 2}, {"egfr": 15.0}, ["before a level with this kidney"]),
    ("antidote", 2.0, dict.fromkeys(("mmol", "meq", "elemental_mg")), {}, ["g of calcium gluconate"]),
]  # fmt: skip


@pytest.mark.parametrize(("way", "grams", "values", "basis", "past"), EDGES, ids=[f"{e[0]}-{e[4][-1]}" for e in EDGES])
def test_a_hair_past_a_ceiling(way: str, grams: float, values: Row, basis: Row, past: list[str]) -> None:
    at, beyond = of_grams(grams), of_grams(grams * HAIR)
    assert faults(option(way, at | values), **basis) == []
    said = faults(option(way, beyond | values), **basis)
    assert len(said) == len(past) and all(any(p in s for s in said) for p in past), said
    largest = option(way, of_grams(grams / 2) | values, most=beyond | {k: v for k, v in values.items() if k in beyond})
    assert len(faults(largest, **basis)) == len(past)


def test_a_dose_that_names_no_number_of_doses_is_one() -> None:
    assert only(faults(option("emergency", of_grams(2.5), hours=1.0)), "g in an emergency dose")
    assert only(faults(option("emergency", of_grams(4.5), hours=1.0)), "emergency dose", "emergency doses")
    assert only(faults(option("iv", of_grams(14.7), hours=24.0)))
    assert only(faults(option("iv", of_grams(41.0), hours=24.0)), "g in a course", "mmol in 24 hours")


def test_the_fastest_injection_of_any_label() -> None:
    """150 mg a minute is 9 g an hour, far past the 2 g an hour of an ordinary plan."""
    assert only(faults(option("iv", of_grams(1.0), rate_g_per_h=9.0)), "g an hour")
    assert only(faults(option("iv", of_grams(1.0), rate_g_per_h=9.0 * HAIR)), "g an hour", "mg a minute")
    assert faults(option("im", of_grams(1.0), hours=None, rate_g_per_h=9.0 * HAIR)) == []


def test_the_fastest_emergency_dose_as_said() -> None:
    assert faults(option("emergency", of_grams(1.0), rate_g_per_h=24.0)) == []  # 400 mg a minute
    assert only(faults(option("emergency", of_grams(1.0), rate_g_per_h=24.0 * HAIR)), "mg a minute")


def test_what_needs_a_time() -> None:
    assert only(faults(option("iv", of_grams(1.0), hours=None)), "by vein needs a time")
    assert faults(option("nutrition", of_grams(1.0), hours=None)) == []
    assert only(faults(option("emergency", of_grams(1.0), hours=None)), "with a pulse needs a time")
    assert check.faults({"level": {"status": "low"}, "treatment": {
        "options": [option("emergency", of_grams(1.0), hours=None, key="torsades_arrest")],
        "guards": [{"guard": g, "state": s} for g, s in CLEAR.items()], "basis": ADULT}}) == {}  # fmt: skip


def test_the_day_counts_every_route_and_the_emergency_doses() -> None:
    mine = option("iv", amount(10.0), hours=3.0)
    other = option("emergency_low", amount(8.0), key="other", hours=1.0)
    assert faults(mine, magnesium_given_24h_mmol=50.0) == []
    assert only(faults(mine, magnesium_given_24h_mmol=50.0 * HAIR), "mmol in 24 hours from every route")
    assert faults(mine, other, magnesium_given_24h_mmol=42.0) == []
    assert only(faults(mine, other, magnesium_given_24h_mmol=42.0 * HAIR), "mmol in 24 hours")
    assert faults(mine, other | {"doses": 2}, magnesium_given_24h_mmol=34.0) == []
    assert only(faults(mine, other | {"doses": 2}, magnesium_given_24h_mmol=34.0 * HAIR), "mmol in 24 hours")
    assert faults(mine, other | {"way": "iv"}, magnesium_given_24h_mmol=50.0) == []


@pytest.mark.parametrize("age", [17, 18])
def test_a_child_is_under_18(age: int) -> None:
    said = faults(option("iv", of_grams(2.0)), age_years=age, weight_kg=20.0)
    assert bool(said) == (age < 18)
    said = faults(option("iv", of_grams(1.0), doses=4), age_years=age, weight_kg=20.0)
    assert any("24 hours in a child" in s for s in said) == (age < 18)


def test_an_age_and_a_weight_that_are_not_known() -> None:
    assert only(faults(option("iv", of_grams(1.0)), age_years=None), "a figure without an age")
    assert only(faults(option("emergency", of_grams(1.0)), age_years=None), "a figure without an age")
    assert only(faults(option("iv", of_grams(1.0)), age_years=8, weight_kg=None), "child's figure without a weight")
    assert only(faults(option("iv", of_grams(1.0), hours=None), **CHILD), "needs a time")


def test_the_kidney_at_30_and_15() -> None:
    large = option("iv", of_grams(4.0))
    assert faults(large, egfr=30.0) == []
    assert only(faults(large, egfr=29.99), "before a level with this kidney")
    assert only(faults(large, egfr=15.0), "before a level with this kidney")
    assert only(faults(large, egfr=14.99), "eGFR of 14.99", "before a level with this kidney")
    assert only(faults(large, egfr=None), "without a recent creatinine")
    assert faults(option("sc", of_grams(4.0)), egfr=29.0) == []
    injured = {"kidney_injury": "blocks"}
    assert only(faults(large, guards=injured), "g before a level is above", "before a level with this kidney")
    assert faults(option("iv", of_grams(2.0), doses=1), guards=injured) == []


@pytest.mark.parametrize("guard", ["kidney_injury", "little_urine", "kidney_below_30"])
def test_a_guard_that_limits_holds_to_2_grams_and_one_dose(guard: str) -> None:
    states = {guard: "blocks"}
    assert faults(option("iv", of_grams(2.0)), guards=states) == []
    assert any(
        s.endswith("g before a level is above 2") for s in faults(option("iv", of_grams(2.0 * HAIR)), guards=states)
    )
    assert faults(option("iv", of_grams(0.5), doses=1), guards=states) == []
    assert only(faults(option("iv", of_grams(0.5), doses=2), guards=states), f"{guard} allows no repeat")


def test_a_guard_that_asks_for_care_limits_nothing() -> None:
    assert faults(option("nutrition", of_grams(4.0)), guards={"myasthenia": "blocks"}) == []


def test_a_guard_that_is_not_named_was_not_assessed() -> None:
    answer: Row = {"level": {"status": "low"}, "treatment": {
        "options": [option("iv", of_grams(1.0))], "guards": [{"guard": "creatinine_recent", "state": "clear"}],
        "basis": ADULT}}  # fmt: skip
    assert any("magnesium_day allows no figure" in s for s in check.faults(answer)["made_up"])


@pytest.mark.parametrize("sign", ["high_magnesium", "reflexes", "breathing", "new_heart_block", "obstetric"])
def test_a_sign_that_says_stop_is_said_beside_what_it_forbids(sign: str) -> None:
    said = faults(option("emergency", of_grams(1.0)), guards={sign: "blocks"})
    assert only(said, f"although {sign} says stop", f"{sign} forbids it")
    assert faults(option("antidote", NO_AMOUNT | {"grams": 1.0}), guards={sign: "blocks"}) == []


@pytest.mark.parametrize("status", ["low", "normal", "high", "cannot_tell"])
def test_which_level_allows_which_way(status: str) -> None:
    figure, none = of_grams(1.0), NO_AMOUNT
    assert faults(option("emergency", figure), status=status) == []
    wrong = [] if status == "low" else [f"level is {status}"]
    assert only(faults(option("iv", figure), status=status), *wrong)
    assert only(faults(option("iv", none), status=status), *wrong)
    assert only(faults(option("emergency_low", figure), status=status), *wrong)
    open_question = status in ("low", "cannot_tell")
    assert only(faults(option("emergency_low", none), status=status), *([] if open_question else wrong))


def test_amounts_are_one_amount_to_a_hundredth() -> None:
    """A hundredth of what belongs there and two thousandths more, which is what writing three digits may lose."""
    for what, meant in (("meq", 16.0), ("elemental_mg", 194.44), ("grams", 8 / MMOL_PER_GRAM)):
        inside, outside = 0.0099 * meant + 0.002, 0.0101 * meant + 0.002
        for sign in (1, -1):
            assert faults(option("iv", amount(8.0) | {what: meant + sign * inside})) == [], what
            assert only(faults(option("iv", amount(8.0) | {what: meant + sign * outside})), *["agree"] * 2), what
    # the edge itself, where the numbers of the machine hit it: 28 mEq, 0.28 and 0.002
    assert faults(option("iv", amount(14.0) | {"meq": 28.282})) == []
    assert any("do not agree" in s for s in faults(option("po", amount(8.0, grams=False) | {"meq": 17.0})))
    assert any("do not agree" in s for s in faults(option("iv", amount(8.0) | {"meq": None})))


@pytest.mark.parametrize("what", check.AMOUNTS)
@pytest.mark.parametrize("value", [0.0, -1.0, float("inf"), float("nan")])
def test_an_amount_that_is_none_is_said_once_for_each_end(what: str, value: float) -> None:
    said = faults(option("iv", of_grams(1.0) | {what: value}))
    assert said[:2] == ["an amount is zero, below zero or no number"] * 2
    assert not any("agree" in s for s in said)


def test_an_amount_without_its_millimoles() -> None:
    bare = option("iv", of_grams(1.0) | {"mmol": None})
    assert only(faults(bare, magnesium_given_24h_mmol=60.0), *["without its millimoles"] * 2)
    assert only(faults(bare, magnesium_given_24h_mmol=60.0 * HAIR), *["without its millimoles"] * 2, "24 hours")
    beside = option("emergency_low", of_grams(1.0) | {"mmol": None}, key="other")
    mine = option("iv", amount(10.0), hours=3.0)
    assert faults(mine, beside, magnesium_given_24h_mmol=50.0) == []
    assert only(faults(mine, beside, magnesium_given_24h_mmol=50.0 * HAIR), "24 hours")


def test_amounts_without_grams_by_vein() -> None:
    said = faults(option("emergency", amount(8.0, grams=False), doses=5, hours=0.001))
    assert all("do not agree" in s for s in said) and len(said) == 2
    said = faults(option("iv", amount(8.0, grams=False), hours=0.001, dilution_ml=1.0), egfr=20.0)
    assert all("do not agree" in s for s in said) and len(said) == 2
    said = faults(option("emergency", amount(8.0, grams=False), hours=0.001), **CHILD)
    assert all("do not agree" in s for s in said) and len(said) == 2


@pytest.mark.parametrize(
    "where",
    [{"text": "MgSO4"}, {"line": "1 amp"}, {"limits": ["MSO4"]}, {"title": "MS"}, {"product": "MgSO4"},
     {"products": [{"name": "MgSO4", "unit": ""}]}, {"products": [{"name": "", "unit": "2 amps"}]}],
)  # fmt: skip
def test_an_abbreviation_or_a_vessel_anywhere(where: Row) -> None:
    assert only(faults(option("any", NO_AMOUNT, **where)), "an abbreviation or a vessel")


def test_grams_in_words() -> None:
    """No more than the plan's own grams, or the 2 g that a limit may name; to a hundredth."""
    for plan, most in ((None, 2.0), (1.0, 2.0), (5.0, 5.0)):
        amounts = of_grams(plan) if plan else NO_AMOUNT
        for said, fine in ((most, True), (most * 1.01, True), (most * 1.0101, False), (most * 1.5, False)):
            found = faults(option("iv", amounts, text=f"up to {said:.4f} g of it"))
            assert only(found, *([] if fine else ["the words say"])), (plan, said)
    assert only(faults(option("iv", of_grams(1.0), text="1 to 5 g")), "the words say 5 g")
    assert faults(option("iv", of_grams(1.0), text="9 g/h")) == []


def test_a_part_in_a_thousand_million_is_rounding() -> None:
    assert list(over(2 * (1 + 1e-9), 2, "g")) == []
    assert list(over(2 * (1 + 3e-9), 2, "g")) == ["2 g is above 2"]
    assert list(over(None, 2, "g")) == []


def sachets(low: list[float], high: list[float], mg: list[float], salt: str = "aspartate_uk") -> Row:
    return {"salt": salt, "name": "", "unit": "sachet", "doses_low": low, "doses_high": high, "elemental_mg": mg}


def by_mouth(mmol: float, *products: Row) -> Row:
    return option("po", amount(mmol, grams=False), products=list(products))


def test_a_day_by_mouth() -> None:
    """490 mg of magnesium in a day with what is taken already; half of it under an eGFR of 30."""
    full = 490 / MG_PER_MMOL
    assert faults(by_mouth(full)) == []
    assert only(faults(by_mouth(full * HAIR)), "by mouth in a day")
    assert faults(by_mouth(full - 4), magnesium_by_mouth_24h_mmol=4.0) == []
    assert only(faults(by_mouth(full - 4), magnesium_by_mouth_24h_mmol=4.0 * HAIR), "by mouth in a day")
    assert faults(by_mouth(full), egfr=30.0) == []
    assert faults(by_mouth(full / 2), egfr=29.99) == []
    assert only(faults(by_mouth(full / 2 * HAIR), egfr=29.99), "by mouth in a day")
    assert faults(by_mouth(full / 2), egfr=15.0) == []
    assert only(faults(by_mouth(full / 2), egfr=14.99), "eGFR of 14.99")
    assert only(faults(by_mouth(full), egfr=None), "without a creatinine")
    assert only(faults(by_mouth(full), magnesium_by_mouth_24h_mmol=None), "is not known")
    assert only(faults(by_mouth(full), age_years=None), "without an age")


def test_tablets() -> None:
    """One sachet of magnesium aspartate holds 243 mg (10 mmol)."""
    assert faults(by_mouth(10.0, sachets([1], [1], [243.0]))) == []
    assert faults(by_mouth(10.0, sachets([1], [1], [243.0 * 1.0099]))) == []
    assert any("hold 243 mg" in s for s in faults(by_mouth(10.0, sachets([1], [1], [243.0 * 1.0101]))))
    assert only(faults(by_mouth(10.0, sachets([1], [1], [243.0 / 1.02]))), "hold 243 mg")
    assert only(faults(by_mouth(10.0, sachets([2], [1], [243.0]))), "mg in the fewest")
    assert faults(by_mouth(20.0, sachets([1], [1, 1], [243.0, 486.0]))) == []
    assert only(faults(by_mouth(20.0, sachets([1, 1, 1], [1, 1], [243.0, 486.0]))), "mg in the fewest")
    assert only(faults(by_mouth(10.0, sachets([0], [0], [243.0]))), "0 of sachet hold 0 mg")
    # whole tablets may be a hundredth past the amount; at that edge
    few = option("po", amount(240.6 / MG_PER_MMOL, grams=False), products=[sachets([1], [1], [243.0])])
    assert faults(few) == []
    assert only(faults(by_mouth(9.8, sachets([1], [1], [243.0]))), "mg in whole tablets")
    # the edge of a hundredth itself: 100 tablets of 97 mg
    many = sachets([100], [100], [9797.0], "glycerophosphate")
    assert not any("hold" in s for s in faults(by_mouth(10.0, many)))
    # tablets past the day
    assert any("by mouth in a day" in s for s in faults(by_mouth(19.9, sachets([1], [1, 1], [486.0])), egfr=29.0))


def test_an_amount_by_mouth_without_its_milligrams() -> None:
    bare = by_mouth(10.0) | {"elemental_mg": None}
    full = 490 / MG_PER_MMOL
    assert only(faults(bare, magnesium_by_mouth_24h_mmol=full), *["do not agree"] * 2)
    assert only(faults(bare, magnesium_by_mouth_24h_mmol=full * HAIR), *["do not agree"] * 2, "in a day")
    tablet = sachets([1], [1], [1.0])
    assert "1 mg in whole tablets is above 0" in faults(bare | {"products": [tablet]})


def test_the_last_look_moves_only_what_is_wrong() -> None:
    wrong, right = option("iv", of_grams(1.0), hours=None), option("iv", of_grams(1.0), key="right")
    treatment = {"options": [wrong, right], "guards": [{"guard": g, "state": s} for g, s in CLEAR.items()],
                 "basis": ADULT, "refused": [{"key": "before"}]}  # fmt: skip
    answer = {"level": {"status": "low"}, "treatment": treatment}
    looked = check.last_look(answer)["treatment"]
    assert [o["key"] for o in looked["options"]] == ["right"]
    assert [r["key"] for r in looked["refused"]] == ["before", "made_up"]
    assert looked["refused"][1]["text"] == "made_up: a dose by vein needs a time"
    sound = answer | {"treatment": treatment | {"options": [right]}}
    assert check.last_look(sound) is sound
