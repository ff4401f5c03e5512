"""The dosing and guard core once more, in plain Python, written from the words of the issue and the cited sources.

It reads a Person and the level that the rules found, and nothing else of the program: no rule, no knowledge table. Where
it and the rules disagree, one of the two is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import Any

from tests.treat.people import AS_OF, HOUR, Person

SULFATE_MMOL, MG_PER_MMOL = 4.06, 24.305
UNITS = {"creatinine": "mg/dL", "egfr": "mL/min/{1.73_m2}", "weight": "kg", "respiratory_rate": "/min",
         "systolic": "mm[Hg]", "urine_output": "mL/h"}  # fmt: skip


@dataclass
class Reading:
    value: float
    hours: float


def readings(person: Person, analyte: str) -> tuple[list[Reading], list[float | None]]:
    """Readable results newest first, and how many hours ago the unreadable ones were taken."""
    good, bad = [], []
    for lab in person.labs:
        if lab[0] == analyte:
            _, value, unit, hours, *_ = lab
            if hours is None or value is None or unit != UNITS[analyte]:
                bad.append(hours)
            else:
                good.append(Reading(value, hours))
    once = {(r.value, r.hours): r for r in good}  # an exact repeat is one result
    return sorted(once.values(), key=lambda r: r.hours), bad


def clouded(good: list[Reading], bad: list[float | None]) -> bool:
    """Is an unreadable result as new as the newest readable one?"""
    return any(b is None or not good or b <= good[0].hours for b in bad)


def ckd_epi(creatinine: float, age: float, sex: str) -> float:
    kappa, alpha, factor = (0.7, -0.241, 1.012) if sex == "female" else (0.9, -0.302, 1.0)
    ratio = creatinine / kappa
    return 142 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.2 * 0.9938 ** floor(age) * factor


class Plain:
    """Guards (True blocks, False clear, None not assessed) and what they leave of a dose."""

    def __init__(self, person: Person, status: str) -> None:
        self.p, self.status = person, status
        self.adult = person.age is None or person.age >= 18
        newest, _ = readings(person, "weight")
        recent = sorted((r for r in newest if r.hours <= 90 * 24), key=lambda r: (r.hours, r.value))
        self.weight = recent[0].value if recent else None
        self._kidney()
        self._vitals()
        self.injury = self._injury()
        self._given()

    def said(self, *concepts: str) -> bool | None:
        names = [h if isinstance(h, str) else h[0] for h in self.p.has]
        if any(c in names for c in concepts):
            return True
        return False if concepts[0] in self.p.denies else None

    def _kidney(self) -> None:
        creatinine, bad_creatinine = readings(self.p, "creatinine")
        egfr, bad_egfr = readings(self.p, "egfr")
        doubt = clouded(creatinine, bad_creatinine) and bool(bad_creatinine)
        doubt = doubt or (clouded(egfr, bad_egfr) and bool(bad_egfr))
        estimates = [Reading(min(r.value for r in egfr if r.hours == egfr[0].hours), egfr[0].hours)] if egfr else []
        unread = bool(creatinine)  # a creatinine that gives no estimate makes an older eGFR old
        if creatinine and self.p.age is not None and self.p.age >= 18 and self.p.sex in ("male", "female"):
            worst = max(r.value for r in creatinine if r.hours == creatinine[0].hours)
            unread = False
            estimates.append(Reading(ckd_epi(worst, self.p.age, self.p.sex), creatinine[0].hours))
        together = [e for e in estimates if e.hours <= min(e.hours for e in estimates) + 48]
        self.egfr = None if doubt or not together else min(e.value for e in together)
        age = min((r.hours for r in creatinine + egfr), default=None)
        unread = unread and any(e.value == self.egfr and creatinine[0].hours < e.hours for e in together)
        fits = not unread and any(e.value == self.egfr and age is not None and e.hours <= age + 48 for e in together)
        window = 7 * 24 if self.p.setting == "AMB" else 48
        self.creatinine_recent = fits and age is not None and age <= window
        self.creatinine_known = fits and age is not None and age <= 90 * 24
        below = None if self.egfr is None else self.egfr
        ckd4, ckd5 = self.said("chronic_kidney_disease_4"), self.said("chronic_kidney_disease_5")
        self.below_30 = bool(ckd4 or ckd5 or (below is not None and below < 30))
        self.below_15 = bool(ckd5 or (below is not None and below < 15))
        self.dialysis = bool(self.said("dialysis", "hemodialysis"))

    def _injury(self) -> bool | None:
        """A rise over an earlier creatinine; without one, a good recent eGFR with enough urine shows none."""
        creatinine, bad = readings(self.p, "creatinine")
        told = self.said("acute_kidney_injury")
        if told:
            return True
        if len(creatinine) > 1:
            newest = max((r for r in creatinine if r.hours == creatinine[0].hours), key=lambda r: r.value)
            others = [r for r in creatinine if r is not newest and r.hours - newest.hours <= 365 * 24]
            quick = any(newest.value >= r.value + 0.3 - 1e-9 and r.hours - newest.hours <= 48 for r in others)
            if quick or any(newest.value >= 1.5 * r.value - 1e-9 for r in others):
                return True
            if others:
                return told if bad else False
        if not bad and self.creatinine_recent and self.egfr is not None and self.egfr >= 60 and self.urine_enough:
            return False
        return told

    def _vital(self, analyte: str) -> tuple[float | None, bool]:
        good, bad = readings(self.p, analyte)
        fresh = [r for r in good if r.hours <= 24]
        value = min((r.value for r in fresh if r.hours == fresh[0].hours), default=None)
        return value, bool(bad) and clouded(good, bad)

    def _vitals(self) -> None:
        rate, rate_doubt = self._vital("respiratory_rate")
        pressure, pressure_doubt = self._vital("systolic")
        urine, urine_doubt = self._vital("urine_output")
        self.breathing = bool(self.said("respiratory_depression")) or (rate is not None and rate < 12)
        self.breathing_acts = self.breathing or rate_doubt
        self.slow_acts = rate_doubt or (rate is not None and rate < 16)
        self.pressure_acts = (
            bool(self.said("hypotension")) or pressure_doubt or (pressure is not None and pressure < 90)
        )
        little = urine is not None and (urine < 25 or self.weight is None or urine < 0.5 * self.weight)
        self.urine_acts = bool(self.said("oliguria")) or urine_doubt or little
        self.urine_enough = urine is not None and not self.urine_acts

    def _given(self) -> None:
        """Millimoles of the last 24 hours; None where an amount is not told. Of one drug the larger of given and ordered."""
        sums: dict[tuple[str, bool, bool], float | None] = {}
        for d in self.p.drugs:
            if not d["text"].startswith("magnesium"):
                continue
            per_gram = SULFATE_MMOL if d["text"] == "magnesium_sulfate" else 1000 / MG_PER_MMOL
            given = d.get("kind") == "given"
            if "rate" in d:
                mmol: float | None = d["rate"] * 24 * per_gram
            elif "dose" not in d:
                mmol = None
            else:
                grams = d["dose"] * {"g": 1, "mg": 0.001}[d["dose_unit"]]
                mmol = grams * per_gram * (1 if given else d["frequency"])
            key = (d["text"], d["route"] == "oral", given)
            before = sums.get(key, 0.0)
            sums[key] = None if mmol is None or before is None else before + mmol
        routes = {(drug, oral) for drug, oral, _ in sums}
        known = all(v is not None for v in sums.values())
        of = {r: max(sums[k] or 0 for k in sums if k[:2] == r) for r in routes}
        hidden = self.said("parenteral_nutrition") or self.said("dialysis", "hemodialysis")
        self.given = sum(of.values())
        self.given_known = known and not hidden
        self.mouth = sum(v for (_, oral), v in of.items() if oral)
        self.mouth_known = all(v is not None for (_, oral, _), v in sums.items() if oral)

    @property
    def stops(self) -> bool:
        return (
            self.status == "high"
            or bool(self.said("reflexes_lost"))
            or self.breathing_acts
            or bool(self.said("heart_block"))
            or bool(self.said("pre_eclampsia", "eclampsia"))
        )

    def vein(self, level_hours: float) -> str | None:
        """None: an ordinary dose by vein is not offered; 'no figure'; 'limit': 2 g at most and once; 'full'."""
        mg_day = self.given >= 60 - 1e-9
        heart = self.said("heart_block", "myocardial_ischaemia")
        forbidden = (
            self.stops or heart or self.pressure_acts or self.said("myasthenia_gravis") or self.below_15 or self.dialysis
            or mg_day or self.said("iv_access_lacking") or self.said("myocardial_ischaemia")
        )  # fmt: skip
        if forbidden:
            return None
        window = 7 * 24 if self.p.setting == "AMB" else 48
        if not self.creatinine_recent or not self.given_known or self.p.age is None or level_hours > window:
            return "no figure"
        if self.below_30 or self.injury is not False or self.urine_acts:
            return "limit"
        return "full"

    def room(self, emergency: bool) -> float:
        return (60 - self.given) / SULFATE_MMOL - (4 if emergency else 0)

    def one_label_dose(self, level_hours: float, emergency: bool) -> float | None:
        """Grams of the label's 5 g that are left; None where it says no number."""
        way = self.vein(level_hours)
        if way not in ("limit", "full"):
            return None
        grams = 2.5 if self.below_30 else 5.0
        grams = min(grams, 2.0) if way == "limit" else grams
        grams = floor(100 * min(grams, self.room(emergency)) + 1e-9) / 100
        return grams if grams > 0 else None

    def mild_mouth(self, level_hours: float) -> tuple[float, float] | None:
        """Millimoles a day of the 10 to 20 mmol by mouth that are left; None where none is offered or no number said."""
        if self.stops or self.below_15 or self.dialysis or self.said("bowel_obstruction", "nil_by_mouth"):
            return None
        if self.said("nil_by_mouth") or not self.creatinine_known or not self.mouth_known or self.p.age is None:
            return None
        if level_hours > 14 * 24:
            return None
        most = 490 / MG_PER_MMOL * (0.5 if self.egfr is not None and self.egfr < 30 else 1.0) - self.mouth
        if most <= 0:
            return None
        share = 0.5 if self.below_30 or self.injury or self.urine_acts else 1.0
        return min(10 * share, most), min(20 * share, most)


def level_hours(rows: dict[str, list[dict[str, Any]]]) -> float:
    return (AS_OF - rows["level"][0]["t"]) / HOUR
