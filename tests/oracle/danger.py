"""What stands beside magnesium and how fast to act: the tier that is certain, and every tier that is possible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hypomag import knowledge
from tests.oracle.level import Level
from tests.oracle.reading import HALF, Fact, Reader, Result, Span

TIERS = ["none", "routine", "days", "same_day", "emergency"]
HOUR = 3600
Truth = bool | None


@dataclass(frozen=True)
class Urgency:
    tier: str
    possible: frozenset[str]


def either(truths: Iterable[Truth]) -> Truth:
    found = list(truths)
    return True if True in found else None if None in found else False


def both(a: Truth, b: Truth) -> Truth:
    return False if False in (a, b) else None if None in (a, b) else True


def below(amount: Span | None, limit: Fraction) -> Truth:
    if amount is None or (amount.can_be_below(limit) and amount.can_be_at_least(limit)):
        return None
    return amount.can_be_below(limit)


def at_least(amount: Span | None, limit: Fraction) -> Truth:
    under = below(amount, limit)
    return None if under is None else not under


class Triage:
    """The tables of urgency, read once."""

    def __init__(self) -> None:
        tables = knowledge.load().tables
        self.limits = {row["name"]: row["value"] for row in knowledge.load().limits_rows}
        self.red_flags = {row["concept"]: row["tier"] for row in tables["red_flags"].dicts()}
        self.symptoms = {row["symptom"]: row for row in tables["symptoms"].dicts()}
        self.levels = {(row["level"], row["family"]): row for row in tables["urgent_levels"].dicts()}
        self.tiers = {row["level"]: row["tier"] for row in tables["urgent_tiers"].dicts()}
        self.severe = {row["analyte"]: row for row in tables["companion_limits"].dicts() if row["severe_tier"]}
        self.guarded = [row for row in tables["drug_effects"].dicts() if row["effect"] == "dangerous_when_low"]
        self.statuses = {(row["fact"], row["status"]): row for row in tables["statuses"].dicts()}
        self.magnesium = [row["drug"] for row in tables["drugs"].dicts() if row["is_magnesium"]]
        self.parenteral = {row["written"]: bool(row["is_parenteral"]) for row in tables["routes"].dicts()}

    def number(self, name: str) -> Fraction:
        return Fraction(self.limits[name], 10_000)


Newest = dict[str, list[Span | None]]  # None: a result that cannot be read, and may be as new as the newest


def newest(observations: Sequence[Fact], reader: Reader, level: Level, as_of: int, triage: Triage) -> Newest:
    """Of each test the newest results, if they could stand beside the magnesium, or later. Ionised calcium, where it
    can be read, stands for corrected calcium, and either for total calcium."""
    window = triage.limits["companion_window"]
    since = min((r.t for r in _lowest(level)), default=as_of) - window
    read = [r for r in (reader.read(fact, as_of) for fact in observations) if r]
    recent = [r for r in read if r.t is None or r.t >= since]
    usable = [r for r in recent if r.why_not is None]
    corrected = [(r.t, c) for r in usable if r.analyte == "calcium" and (c := _corrected(r, read, triage)) is not None]
    told: dict[str, list[tuple[int, Span]]] = {}
    for r in usable:
        told.setdefault(r.analyte, []).append((r.t, r.spoken()))
    at = {t for t, _ in told.get("calcium_corrected", ())}
    if ours := [(t, c) for t, c in corrected if t not in at]:
        told.setdefault("calcium_corrected", []).extend(ours)
    found: Newest = {}
    last: dict[str, int] = {}
    for analyte, results in told.items():
        last[analyte] = max(t for t, _ in results)
        found[analyte] = [span for t, span in results if t == last[analyte]]
    for r in recent:
        if r.why_not in reader.unreadable and (r.t is None or r.analyte not in last or r.t >= last[r.analyte]):
            found.setdefault(r.analyte, []).append(None)
    for worse, better in (
        ("calcium", "calcium_corrected"),
        ("calcium", "calcium_ionised"),
        ("calcium_corrected", "calcium_ionised"),
    ):
        if worse in last and better in last and last[better] >= last[worse] - window:
            found[worse] = [amount for amount in found[worse] if amount is None]
    return found


def _lowest(level: Level) -> list[Result]:
    numbers = [r for r in level.decides if r.why_not is None]
    low = min((r.amount().low or Fraction(0) for r in numbers), default=None)
    return [r for r in numbers if (r.amount().low or 0) == low] if numbers else list(level.decides)


def _corrected(calcium: Result, read: Sequence[Result], triage: Triage) -> Span | None:
    """Total calcium, mg/dL, with what is added for each 1 g/dL of albumin under the middle; the nearest albumin."""
    near = [
        (abs(r.t - calcium.t), -r.t, r)
        for r in read
        if r.analyte == "albumin" and r.why_not is None and abs(r.t - calcium.t) <= triage.limits["companion_window"]
    ]
    if not near:
        return None
    albumin = min(near, key=lambda n: n[:2])[2].spoken()
    each, middle, amount = triage.number("calcium_per_albumin"), triage.number("albumin_middle"), calcium.spoken()
    low = None if amount.low is None or albumin.high is None else amount.low + each * (middle - albumin.high)
    high = None if amount.high is None or albumin.low is None else amount.high + each * (middle - albumin.low)
    return Span(low, high, amount.low_open or albumin.high_open, amount.high_open or albumin.low_open)


def egfr(creatinine_mg_dl: float, years: int, sex: str) -> float:
    """CKD-EPI 2021 (creatinine), mL/min per 1.73 m2, adults."""
    kappa, alpha, factor = (0.7, -0.241, 1.012) if sex == "female" else (0.9, -0.302, 1.0)
    ratio = creatinine_mg_dl / kappa
    return 142 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.200 * 0.9938**years * factor


class Story:
    """Which concepts the record says of the patient: True stated, None in doubt; absent ones are False."""

    def __init__(
        self,
        tables: Mapping[str, Sequence[Fact]],
        said: Sequence[tuple[Any, ...]],
        coded: Sequence[tuple[Any, ...]],
        triage: Triage,
        as_of: int,
    ) -> None:
        self.tables, self.triage, self.as_of = tables, triage, as_of
        self.said: dict[tuple[str, str], dict[str, list[Truth]]] = {}
        for kind, text, concept, _, negated, past, family, *_ in said:
            truth = False if negated or past else None if negated is None else True
            claims = self.said.setdefault((kind, text), {}).setdefault(concept, [])
            if not family:
                claims.append(truth)
        self.coded: dict[tuple[str, str], set[str]] = {}
        for system, code, concept, _ in coded:
            self.coded.setdefault((system, code), set()).add(concept)
        self.signs: dict[str, list[tuple[Truth, Fact]]] = {}
        for kind in ("conditions", "procedures", "observations"):
            for fact in tables.get(kind, ()):
                self._tell(kind, fact)

    def _known(self, fact: Fact) -> bool:
        return all(t is None or t <= self.as_of for t in (fact["start"], fact["known_at"]))

    def _tell(self, kind: str, fact: Fact) -> None:
        status = self.triage.statuses.get((kind, fact["status"] or "none"))
        if not self._known(fact) or not status or not status["is_eligible"] or fact.get("negated") or fact.get("past"):
            return
        if status["is_current"] == 0 or (fact["until"] is not None and fact["until"] < self.as_of):
            return
        if kind == "observations" and fact["presence"] != "present":
            return
        words = self.said.get((kind, fact["text"]), {})
        told = [(concept, either(claims)) for concept, claims in words.items()]  # the most alarming of a text holds
        told += [(concept, True) for concept in self.coded.get((fact["system"], fact["code"]), set()) - set(words)]
        for concept, truth in told:
            unsure = truth is True and status["in_doubt"] == 1
            self.signs.setdefault(concept, []).append((None if unsure else truth, fact))

    def now(self, concept: str) -> Truth:
        """Whether a sign is present and, where it is dated, fresh."""
        since = self.as_of - self.triage.limits["red_flag_lasts"]
        return either(
            truth
            for truth, fact in self.signs.get(concept, ())
            if fact["start"] is None or fact["start"] + HALF.get(fact["start_precision"], 0) >= since
        )

    def ever(self, concept: str) -> Truth:
        return either(truth for truth, _ in self.signs.get(concept, ()))

    def takes(self, drug: str) -> bool:
        return any(self._taken(fact, drug) for fact in self.tables.get("medications", ()))

    def _taken(self, fact: Fact, drug: str) -> bool:
        said = {c for c, claims in self.said.get(("medications", fact["text"]), {}).items() if True in claims}
        coded = self.coded.get((fact["system"], fact["code"]), set())
        if said and coded and not said & coded:
            return False  # code and words name different drugs
        status = self.triage.statuses.get(("medications", fact["status"] or "none"))
        if drug not in said | coded or not self._known(fact) or not status or not status["is_eligible"]:
            return False
        if fact["kind"] == "given":
            last = fact["until"] if fact["until"] is not None else fact["start"]
            return last is None or self.as_of - last <= self.triage.limits["given_lasts"]
        if fact["kind"] == "dispensed":
            return self._lasts(fact) and (fact["status"] == "completed" or status["is_current"] == 1)
        ended = fact["until"] is not None and fact["until"] < self.as_of
        return fact["kind"] != "planned" and status["is_current"] == 1 and not ended

    def _lasts(self, fact: Fact) -> bool:
        """Whether what was handed out, or the supply that should follow it, can still be taken."""
        start, end = fact["start"], fact["until"]
        if end is None:
            known = fact["status"] == "completed"
            return not known or (start is not None and self.as_of - start <= self.triage.limits["supply_lasts"])
        late = self.triage.limits["refill_grace"]
        return self.as_of - end <= (late if start is None else min(late, end - start))

    def guarded_drug(self) -> bool:
        return any(self.takes(row["drug"]) for row in self.triage.guarded)

    def obstetric(self) -> bool:
        """Magnesium by vein or muscle for pre-eclampsia."""
        if not any(self.ever(c) for c in ("pre_eclampsia", "eclampsia")):
            return False
        return any(
            self._taken(fact, drug) and self.triage.parenteral.get(fact["route"], drug == "magnesium_sulfate")
            for fact in self.tables.get("medications", ())
            for drug in self.triage.magnesium
        )


def urgency(patient: Fact, story: Story, level: Level, found: Newest, triage: Triage, as_of: int) -> Urgency:
    obstetric = story.obstetric()
    is_low = False if obstetric else level.is_low
    at = {name: _reaches(name, level, triage) for name in ("clearly_low", "very_low", "toxic", "dangerous_high")}
    if obstetric:
        at |= {"clearly_low": False, "very_low": False, "toxic": False}
    depth = at["clearly_low"] is None and is_low is True
    clearly = True if depth else at["clearly_low"]
    drug = story.guarded_drug()
    symptoms = [
        s for s, row in triage.symptoms.items() if row["urgency"] != "routine" or row["below_mg_dl"] is not None
    ]
    bad = either(
        [either(map(story.now, symptoms)), drug, story.ever("myocardial_ischaemia"), *_low_salts(found, triage)]
    )
    infant = patient["birth"] is not None and 0 <= as_of - patient["birth"] < triage.limits["infant_until"]
    reached: list[tuple[str, Truth]] = [
        ("low", is_low),
        ("clearly_low", clearly),
        ("very_low", at["very_low"]),
        ("toxic", at["toxic"]),
        ("dangerous_high", at["dangerous_high"]),
    ]
    holds = [(triage.tiers[name], truth) for name, truth in reached]
    holds += [
        (triage.tiers["clearly_low_aggravated"], both(clearly, bad)),
        (triage.tiers["low_with_drug"], both(is_low, drug)),
        (triage.tiers["low_infant"], both(is_low, infant)),
    ]
    holds += [(tier, story.now(flag)) for flag, tier in triage.red_flags.items()]
    holds += [
        (row["urgency"], both(is_low, story.now(s)))
        for s, row in triage.symptoms.items()
        if row["red_flag"] or row["urgency"] == "same_day"
    ]
    holds += _severe(found, triage)
    base = max((TIERS.index(tier) for tier, truth in holds if truth), default=0)
    beyond = {TIERS.index(tier) for tier, truth in holds if truth is None and TIERS.index(tier) > base}
    level_open = any(truth is None and TIERS.index(triage.tiers[name]) > base for name, truth in reached)
    cannot = level_open and is_low is not True and base < TIERS.index("same_day")
    return Urgency("cannot_tell" if cannot else TIERS[base], frozenset(TIERS[i] for i in beyond | {base}))


def _reaches(name: str, level: Level, triage: Triage) -> Truth:
    """Whether magnesium is beyond a level that changes urgency: any of the newest results is enough."""
    truths: list[Truth] = [None] if level.unreadable or not level.decides else []
    for r in level.decides:
        row = triage.levels[name, r.family or "mass"]
        if r.why_not == "worded":
            is_of_this_side = r.word == ("low" if row["below"] is not None else "high")
            truths.append(None if is_of_this_side else False)
        elif row["below"] is not None:
            truths.append(below(r.in_family(), Fraction(row["below"], 10_000)))
        else:
            truths.append(at_least(r.in_family(), Fraction(row["at_least"], 10_000)))
    return either(truths)


def _severe(found: Newest, triage: Triage) -> list[tuple[str, Truth]]:
    holds: list[tuple[str, Truth]] = []
    for analyte, row in triage.severe.items():
        truths: list[Truth] = []
        for amount in found.get(analyte, [None]):
            if row["severe_low"] is not None:
                truths.append(below(amount, Fraction(row["severe_low"], 10_000)))
            if row["severe_high"] is not None:
                truths.append(at_least(amount, Fraction(row["severe_high"], 10_000)))
        holds.append((row["severe_tier"], either(truths)))
    return holds


def _low_salts(found: Newest, triage: Triage) -> list[Truth]:
    potassium = either(below(a, triage.number("urgent_potassium")) for a in found.get("potassium", [None]))
    limits = {
        "calcium": "urgent_calcium",
        "calcium_corrected": "urgent_calcium",
        "calcium_ionised": "urgent_calcium_ionised",
    }
    calciums = [below(a, triage.number(limit)) for name, limit in limits.items() for a in found.get(name, ())]
    return [potassium, either(calciums) if calciums else None]
