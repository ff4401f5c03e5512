"""P-03: a worse kidney never gets more magnesium by vein, never faster, never looked at later, never a repeat by itself.
P-05: with magnesium above its range, lost reflexes, slow breathing or a new block, no magnesium is offered."""

from itertools import pairwise
from random import Random
from typing import Any

from tests.many import many
from tests.treat import crowd
from tests.treat.people import Person, lab, magnesium, run

LADDER = (110, 61, 60, 59, 31, 30, 29, 16, 15, 14, 8)
WANTED = ("option", "look_again", "guard")
VEIN = ("iv", "im", "sc", "nutrition", "emergency", "emergency_low")
STOPS: dict[str, dict[str, Any]] = {
    "high": {"labs": [magnesium(6.0)]},
    "reflexes": {"has": ["reflexes_lost"]},
    "breathing": {"labs": [lab("respiratory_rate", 11, "/min", 1)]},
    "block": {"has": [("heart_block", 2)]},
}


def with_kidney(person: Person, egfr: float) -> Person:
    """The same person with this eGFR, measured, and a creatinine that neither rises nor says otherwise."""
    others = [one for one in person.labs if one[0] not in ("creatinine", "egfr")]
    kidney = [
        lab("egfr", egfr, "mL/min/{1.73_m2}", 1),
        lab("creatinine", 0.5, "mg/dL", 1),
        lab("creatinine", 0.5, "mg/dL", 30),
    ]
    return person.but(labs=others + kidney, has=[h for h in person.has if not str(h).startswith("chronic_kidney")])


def by_vein(rows: dict[str, Any]) -> dict[str, tuple[int, int, int]]:
    """Plan -> grams in all, grams an hour, doses."""
    return {
        row["plan"]: ((row["grams_high"] or 0) * (row["doses"] or 1), row["grams_per_hour"] or 0, row["doses"] or 1)
        for row in rows["option"]
        if row["way"] in VEIN
    }


def first_look(rows: dict[str, Any]) -> int | None:
    looks = [
        row["hours_to"]
        for row in rows["look_again"]
        if row["what"] == "magnesium" and row["recheck"].startswith("after_")
    ]
    return min((look for look in looks if look is not None), default=None)


def test_a_worse_kidney_never_gets_more_faster_or_later() -> None:
    pairs, figures = 0, 0
    for seed in range(many(1, 20)):
        everybody = crowd.crowd(900 + seed, 500)
        told = {f"{n}/{e}": with_kidney(p, e) for n, p in everybody.items() for e in LADDER}
        rows = run(told, WANTED)
        for name in everybody:
            for better, worse in pairwise(LADDER):
                good, bad = rows[f"{name}/{better}"], rows[f"{name}/{worse}"]
                before, after = by_vein(good), by_vein(bad)
                assert set(after) <= set(before), (everybody[name], worse)
                for plan, (grams, rate, doses) in after.items():
                    assert grams <= before[plan][0] and rate <= before[plan][1] and doses <= before[plan][2], (
                        plan,
                        worse,
                    )
                    figures += grams > 0
                if after and first_look(bad) is not None and first_look(good) is not None:
                    assert first_look(bad) <= first_look(good), (everybody[name], worse)
                if worse < 30:
                    assert all(doses == 1 for _, _, doses in after.values()), everybody[name]
                pairs += 1
    assert pairs >= 5_000 and figures > 500


def test_no_repeat_on_dialysis_or_without_urine() -> None:
    everybody = crowd.crowd(950, many(400, 20_000))
    told = {n: p.but(has=[*p.has, "dialysis"]) for n, p in everybody.items()}
    told |= {f"{n}/dry": p.but(labs=[*p.labs, lab("urine_output", 4, "mL/h", 0)]) for n, p in everybody.items()}
    for name, rows in run(told, WANTED).items():
        assert all(doses == 1 for _, _, doses in by_vein(rows).values()), told[name]


def test_no_magnesium_where_it_must_stop() -> None:
    random = Random(5)
    everybody = crowd.crowd(970, many(500, 12_500))
    told = {}
    for name, person in everybody.items():
        for stop, change in STOPS.items():
            labs = [one for one in person.labs if stop != "high" or one[0] != "magnesium"]
            told[f"{name}/{stop}"] = person.but(
                labs=[*labs, *change.get("labs", [])], has=[*person.has, *change.get("has", [])], denies=[]
            )
    rows = run(told, (*WANTED, "level"))
    for name in random.sample(sorted(told), len(told)):
        stop, ways = name.split("/")[1], {row["way"] for row in rows[name]["option"]}
        if stop == "high" and rows[name]["level"][0]["status"] != "high":
            continue  # a printed unit or another result of the same hour leaves the level open
        assert ways <= {"antidote"}, told[name]
