"""Against crying wolf: normal or mildly low magnesium alone, in people without a red flag, a risk drug or a disturbed
companion, is never a matter of the same day."""

from random import Random

from tests import people, spine
from tests.many import many

NEAR_NORMAL = {
    "Potassium": ("mmol/L", 3.5, 5.0),
    "Calcium": ("mg/dL", 8.5, 10.5),
    "Ionized calcium": ("mmol/L", 1.12, 1.32),
    "Albumin": ("g/dL", 3.5, 5.0),
    "Phosphate": ("mg/dL", 2.5, 4.5),
    "Sodium": ("mmol/L", 135, 145),
    "Bicarbonate": ("mmol/L", 22, 28),
    "Glucose": ("mg/dL", 70, 140),
    "QTc": ("ms", 380, 460),
    "Creatinine": ("mg/dL", 0.6, 1.3),
}
HARMLESS = ("lisinopril", "omeprazole", "furosemide", "hydrochlorothiazide", "metformin", "atorvastatin")
DISEASES = ("hypertension", "type 2 diabetes", "coeliac disease", "alcohol use disorder", "asthma", "osteoporosis")


def calm(random: Random) -> people.Person:
    birth = people.NOW - random.randrange(2 * people.YEAR, 95 * people.YEAR)
    facts: people.Person = [("patients", {"birth": birth, "sex": random.choice(("male", "female"))})]
    unit, low, high = random.choice((("mg/dL", 1.3, 2.4), ("mmol/L", 0.55, 1.0), ("mEq/L", 1.1, 2.0)))
    facts.append(people.lab("Magnesium", round(random.uniform(low, high), 2), unit))
    for test, (unit, low, high) in NEAR_NORMAL.items():
        if random.random() < 0.6:
            facts.append(people.lab(test, round(random.uniform(low, high), 2), unit))
    for text in random.sample(HARMLESS, random.choice((0, 1, 3))):
        facts.append(("medications", {"text": text, "kind": "reported", "status": "active"}))
    for text in random.sample(DISEASES, random.choice((0, 1, 2))):
        facts.append(("conditions", {"text": text, "start": people.NOW - 3 * people.YEAR, "start_precision": "day"}))
    return facts


def test_nobody_is_sent_to_hospital_for_mildly_low_magnesium() -> None:
    random = Random(31)
    crowd = {f"{n}": calm(random) for n in range(many(1_000, 50_000))}
    found = spine.ask(people.record_of(crowd), people.NOW, "urgency", "level")
    alarmed = {p: crowd[p] for p, rows in found["urgency"].items() if rows[0]["tier"] in ("emergency", "same_day")}
    assert alarmed == {}
    statuses = [rows[0]["status"] for rows in found["level"].values()]
    assert len(statuses) == len(crowd) and 100 < statuses.count("low") < len(crowd)
