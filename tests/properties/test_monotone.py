"""P-02: lower magnesium never asks for less, nor does one more red flag, all else equal."""

from random import Random

from tests import people, spine
from tests.many import many

RANKS = {"none": 0, "routine": 1, "days": 2, "same_day": 3, "emergency": 4}
LADDER = (2.4, 2.0, 1.8, 1.7, 1.69, 1.5, 1.3, 1.2, 1.19, 1.1, 1.0, 0.99, 0.9, 0.8, 0.7, 0.6, 0.3)
WORSE: dict[str, list[people.Fact]] = {
    "seizure": [("conditions", {"text": "seizure", "kind": "symptom"})],
    "torsades": [("conditions", {"text": "torsades de pointes", "kind": "rhythm"})],
    "QTc": [people.lab("QTc", 540, "ms", people.NOW + 0)],
    "potassium": [people.lab("Potassium", 2.2, "mmol/L")],
    "calcium": [people.lab("Ionized calcium", 0.7, "mmol/L")],
    "digoxin": [("medications", {"text": "digoxin", "kind": "reported", "status": "active"})],
    "weakness": [("conditions", {"text": "weakness", "kind": "symptom"})],
}


def without_magnesium(random: Random) -> people.Person:
    return [fact for fact in people.anybody(random) if not is_magnesium(fact)]


def is_magnesium(fact: people.Fact) -> bool:
    return fact[1].get("text") == "Magnesium"


def ranks(crowd: dict[str, people.Person]) -> dict[str, tuple[int, int]]:
    """The surest and the worst tier of each; where none can be told the surest is that nothing is urgent."""
    found = spine.ask(people.record_of(crowd), people.NOW, "urgency", "urgency_possible")
    return {
        patient: (rows[0]["rank"], max(row["rank"] for row in found["urgency_possible"][patient]))
        for patient, rows in found["urgency"].items()
    }


def test_lower_magnesium_never_asks_for_less() -> None:
    random = Random(11)
    bases = [without_magnesium(random) for _ in range(many(150, 20_000))]
    crowd = {
        f"{n}/{step}": [*base, people.lab("Magnesium", value, "mg/dL")]
        for n, base in enumerate(bases)
        for step, value in enumerate(LADDER)
    }
    found = ranks(crowd)
    for n in range(len(bases)):
        for step in range(1, len(LADDER)):
            higher, lower = found[f"{n}/{step - 1}"], found[f"{n}/{step}"]
            assert lower[0] >= higher[0] and lower[1] >= higher[1], (LADDER[step], bases[n])


def test_one_more_red_flag_never_asks_for_less() -> None:
    """What is added is as new as the newest of its kind: an older or unreadable one beside it may count as well."""
    random = Random(12)
    bases = [people.anybody(random) for _ in range(many(150, 20_000))]
    crowd = {f"{n}": base for n, base in enumerate(bases)}
    crowd |= {f"{n}/{name}": [*base, *more] for n, base in enumerate(bases) for name, more in WORSE.items()}
    found = ranks(crowd)
    for n, base in enumerate(bases):
        for name in WORSE:
            assert found[f"{n}/{name}"][0] >= found[f"{n}"][0], (name, base)
            assert found[f"{n}/{name}"][1] >= found[f"{n}"][1], (name, base)
