"""What a Bundle of one patient may mean, decided a second time, and what no plan may ever contain.

Written from the clinical reference and the published schema alone, before looking at any rule. It imports nothing of
the program. Two verdicts: `level(bundle)`, the set of levels and CTCAE v5 grades that the record leaves open; and
`broken(bundle, options)`, the hard ceilings that a rendered plan breaks.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction as F
from typing import Any

Json = dict[str, Any]
MASS, MOLES = "mass", "moles"
UNITS = {
    "mg/dL": (MASS, F(1)), "mg/L": (MASS, F(1, 10)), "mmol/L": (MOLES, F(1)), "mEq/L": (MOLES, F(1, 2)),
    "meq/L": (MOLES, F(1, 2)), "umol/L": (MOLES, F(1, 1000)),
}  # fmt: skip
MOLAR = F("2.4305")  # mg/dL in one mmol/L
SERUM = {"19123-9": MASS, "2601-3": MOLES}
USELESS = {"entered-in-error", "cancelled", "registered"}
RANK = {"corrected": 2, "amended": 2, "final": 1}  # of one moment a corrected result stands for the one it corrects
ADULT = {MASS: (F("1.70"), F("2.43")), MOLES: (F("0.70"), F("1.00"))}
CTCAE = {MASS: (F("0.7"), F("0.9"), F("1.2")), MOLES: (F("0.3"), F("0.4"), F("0.5"))}
EVERYTHING = ({"low", "normal", "high"}, {0, 1, 2, 3, 4})
EMERGENCIES = ("torsades", "seizure", "ventricular fibrillation", "cardiac arrest", "tetany", "ventricular tachycardia")
G_PER_MMOL = 0.24647  # magnesium sulfate heptahydrate


def of(bundle: Json, kind: str) -> list[Json]:
    return [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind]


def span(resource: Json) -> tuple[datetime, datetime] | None:
    """Between which moments it was: a partial date, or a clock without a zone, leaves a whole year, month or day."""
    text = resource.get("effectiveDateTime")
    try:
        if len(text) > 10 and (exact := datetime.fromisoformat(text)).tzinfo:
            return exact, exact
        year, month, day = ([int(part) for part in text[:10].split("-")] + [0, 0])[:3]
        first = datetime(year, month or 1, day or 1, tzinfo=UTC)
    except (TypeError, ValueError):
        return None
    return first, first + timedelta(days=1 if day else 31 if month else 366, seconds=-1)


def moment(resource: Json) -> datetime | None:
    between = span(resource)
    return between and between[0]


def now(bundle: Json) -> datetime:
    """The moment asked about, where nobody says: the latest clinical time of the record."""
    times = [t for o in of(bundle, "Observation") if (t := moment(o))]
    told = [datetime.fromisoformat(c["onsetDateTime"] + "T00:00:00+00:00") for c in of(bundle, "Condition")]
    return max(times or told, default=datetime(1970, 1, 1, tzinfo=UTC))


def coded(resource: Json) -> set[str]:
    return {c.get("code", "") for c in resource.get("code", {}).get("coding", [])}


def years(bundle: Json, at: datetime) -> float | None:
    born = of(bundle, "Patient")[0].get("birthDate")
    return (at - datetime.fromisoformat(born + "T12:00:00+00:00")) / timedelta(days=365.25) if born else None


def level(bundle: Json, at: datetime | None = None) -> tuple[set[str], set[int]]:
    """The possible levels and grades; both empty where nobody measured. What is later than `at` is not seen."""
    at = at or now(bundle)
    results = [(o, span(o)) for o in of(bundle, "Observation") if coded(o) & set(SERUM) and o["status"] not in USELESS]
    results = [(o, times) for o, times in results if times is None or times[0] <= at]
    if not results:
        return set(), set()
    if any(times is None for _, times in results):
        return EVERYTHING
    newest = max(times[0] for _, times in results if times)
    last = [(o, times) for o, times in results if times and times[1] >= newest]
    best = {times: max(RANK.get(o["status"], 0) for o, t in last if t == times) for _, times in last}
    read = [
        meaning(bundle, o)
        for o, times in last
        if "value" not in o.get("valueQuantity", {}) or RANK.get(o["status"], 0) == best[times]
    ]
    return set().union(*(m[0] for m in read)), set().union(*(m[1] for m in read))


def meaning(bundle: Json, o: Json) -> tuple[set[str], set[int]]:
    quantity = o.get("valueQuantity") or {}
    unit = quantity.get("code") or quantity.get("unit")
    value = quantity.get("value")
    family = SERUM[next(iter(coded(o) & set(SERUM)))]
    if value is None or unit not in UNITS or UNITS[unit][0] != family or o.get("dataAbsentReason"):
        return EVERYTHING  # no number, no unit, or a unit that the property of the code contradicts
    number = F(str(value)) * UNITS[unit][1]
    if number <= 0 or number / (MOLAR if family == MASS else 1) > 13:
        return EVERYTHING  # nobody lives with it: a slip, not a result
    low, high = limits(bundle, o, family)
    first, last = {"<": (F(0), number), "<=": (F(0), number), ">": (number, F(99)), ">=": (number, F(99))}.get(
        quantity.get("comparator", ""), (number, number)
    )
    tiny = F(1, 10**9)  # an open end of the interval
    last -= tiny if quantity.get("comparator") == "<" else 0
    first += tiny if quantity.get("comparator") == ">" else 0
    edges = [first, last, *(e - d for e in (low, high, *CTCAE[family]) for d in (0, tiny, -tiny))]
    values = [v for v in edges if first <= v <= last]
    return {status(v, low, high) for v in values}, {grade(v, low, family) for v in values}


def status(value: F, low: F, high: F) -> str:
    return "low" if value < low else "high" if value > high else "normal"


def grade(value: F, low: F, family: str) -> int:
    return 0 if value >= low else next((4 - i for i, limit in enumerate(CTCAE[family]) if value < limit), 1)


def limits(bundle: Json, o: Json, family: str) -> tuple[F, F]:
    """The laboratory's own limits, each end that it prints, otherwise those of the age."""
    printed = o.get("referenceRange", [{}])[0]
    low, high = (
        F(str(printed[end]["value"])) * UNITS[printed[end]["unit"]][1] if end in printed else None
        for end in ("low", "high")
    )
    age = years(bundle, (span(o) or (now(bundle),) * 2)[1])
    usual = ADULT[family]
    if age is not None and age < 18:
        moles = (F("0.60"), F("1.00")) if age * 365.25 < 7 else (F("0.65"), F("1.10"))
        as_printed = round(moles[0] * MOLAR, 2), round(moles[1] * MOLAR, 2)
        usual = moles if family == MOLES else as_printed
    return usual[0] if low is None else low, usual[1] if high is None else high


# ---------------------------------------------------------------- ceilings of the rendered plan


def newest(bundle: Json, codes: set[str], units: dict[str, float], at: datetime) -> tuple[float, datetime] | None:
    found = [
        (o["valueQuantity"]["value"] * units[o["valueQuantity"]["unit"]], when)
        for o in of(bundle, "Observation")
        if coded(o) & codes and o["status"] not in USELESS and (when := moment(o)) and when <= at
        if o.get("valueQuantity", {}).get("unit") in units and o["valueQuantity"].get("value", 0) > 0
    ]
    return max(found, key=lambda p: p[1], default=None)


def ckd_epi(creatinine: float, age: float, female: bool) -> float:
    """CKD-EPI 2021, creatinine in mg/dL."""
    k, a = (0.7, -0.241) if female else (0.9, -0.302)
    r = creatinine / k
    years = int(age)  # whole years, as laboratories reckon it
    return 142 * min(r, 1) ** a * max(r, 1) ** -1.2 * 0.9938**years * (1.012 if female else 1)


def broken(bundle: Json, options: list[Json], at: datetime | None = None) -> list[str]:
    """Each hard ceiling of the plan that an option breaks, in words."""
    shown = [o for o in options if o["product"] is None or "magnesium" in o["product"]]
    patient = Patient(bundle, at or now(bundle))
    return [f"{option['key']}: {why}" for option in shown for why in breaks(patient, option)]


class Patient:
    """What the ceilings need to know."""

    def __init__(self, bundle: Json, at: datetime) -> None:
        told = " ".join(c["code"]["text"] for c in of(bundle, "Condition")).lower()
        creatinine = newest(
            bundle, {"2160-0"}, {"mg/dL": 1, "mg/L": 0.1, "umol/L": 1 / 88.42, "mmol/L": 1000 / 88.42}, at
        )
        egfr = newest(bundle, {"98979-8"}, {"mL/min/{1.73_m2}": 1}, at)
        age = years(bundle, at)
        sexes = {"male": [False], "female": [True]}.get(of(bundle, "Patient")[0].get("gender", ""), [False, True])
        hours = 48 if any(e["class"]["code"] == "IMP" for e in of(bundle, "Encounter")) else 24 * 7
        self.fresh = any(k and at - k[1] <= timedelta(hours=hours) for k in (creatinine, egfr))
        self.child = age is not None and age < 18
        gfr = egfr[0] if egfr else 99
        if creatinine and age is not None and not self.child and (not egfr or creatinine[1] > egfr[1]):
            gfr = min(ckd_epi(creatinine[0], age, female) for female in sexes)  # the newer of the two speaks
        self.poor = gfr < 30 or "dialysis" in told or "acute kidney injury" in told
        self.emergency = any(e in told for e in EMERGENCIES)
        self.weight = newest(bundle, {"29463-7"}, {"kg": 1, "g": 0.001}, at)
        self.mouth = max(30.0, 0.4 * self.weight[0] if "refeeding" in told and self.weight else 0)
        self.high = level(bundle, at)[0] == {"high"}


def breaks(patient: Patient, option: Json) -> list[str]:
    most = option.get("most") or option  # where an option is a span, its upper end counts
    mmol, rate, hurry = most["mmol"], option["rate_g_per_h"], (option["hours"] or 99) <= 1 and patient.emergency
    if patient.high:
        return ["magnesium although it is high"]
    if mmol is None:
        return ["a rate without a dose"] if rate and not hurry else []
    grams, every, doses = mmol * G_PER_MMOL, option.get("interval_hours"), option.get("doses") or 1
    day = mmol if option.get("amount_is") == "day" else mmol * (min(doses, 24 / every) if every else doses)
    found = {
        "amounts that do not convert": abs(most["meq"] - 2 * mmol) > 0.02 * mmol
        or abs(most["elemental_mg"] - 24.305 * mmol) > 0.2 * mmol,
        "more than 30 mmol (refeeding: 0.4 mmol/kg) a day by mouth, half that in a poor kidney": option["route"] == "po"
        and day > patient.mouth * (0.5 if patient.poor else 1) + 0.01,
    }
    if option["route"] in ("iv", "im"):
        found |= {
            "a dose by vein without a recent creatinine": not patient.fresh and not patient.emergency,
            "over 4 g in an emergency dose": hurry and grams > 4.01,
            "over 2 g in a poor kidney": patient.poor and grams > (4.01 if hurry else 2.01),
            "a repeat without a level in a poor kidney": patient.poor and not hurry and doses > 1,
            "over 15 g in 24 hours": day * G_PER_MMOL > 15.01,
            "over 2 g, or 50 mg/kg, for a child": patient.child
            and grams > min(2.01, 0.0501 * patient.weight[0] if patient.weight else 0),
            "faster than 2 g/h outside an emergency": (rate or 0) > 2.001 and not hurry,
            "rate, hours and dose disagree": bool(rate and option["hours"])
            and abs(rate * option["hours"] - grams) > 0.02 * grams + 0.01,
            "grams and mmol disagree": most["grams"] is not None and abs(most["grams"] - grams) > 0.01 * grams,
        }
    return [why for why, is_so in found.items() if is_so]
