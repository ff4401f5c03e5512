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
        self.symptoms = {row["symptom"]: row["urgency"] for row in tables["symptoms"].dicts()}
        self.levels = {(row["level"], row["family"]): row for row in tables["urgent_levels"].dicts()}
        self.tiers = {row["level"]: row["tier"] for row in tables["urgent_tiers"].dicts()}
        self.severe = {row["analyte"]: row for row in tables["companion_limits"].dicts() if row["severe_tier"]}
        self.guarded = [row for row in tables["drug_effects"].dicts() if row["effect"] == "dangerous_when_low"]
        self.statuses = {(row["fact"], row["status"]): row for row in tables["statuses"].dicts()}

    def number(self, name: str) -> Fraction:
        return Fraction(self.limits[name], 10_000)


def companions(
    observations: Sequence[Fact], reader: Reader, level: Level, as_of: int, window: int
) -> dict[str, list[Result]]:
    """Of each test the results nearest in time to the magnesium they belong to; several where they tie."""
    anchor = max((r.fact["start"] for r in level.decides), default=as_of)
    near: dict[str, list[Result]] = {}
    for fact in observations:
        r = reader.read(fact, as_of)
        if r is None or r.why_not or r.analyte == "magnesium" or abs(fact["start"] - anchor) > window:
            continue
        best = near.setdefault(r.analyte, [r])
        gap, least = abs(fact["start"] - anchor), abs(best[0].fact["start"] - anchor)
        if gap < least:
            near[r.analyte] = [r]
        elif gap == least and r is not best[0]:
            best.append(r)
    return near


def corrected_calcium(calcium: Span | None, albumin: Span | None, triage: Triage) -> Span | None:
    """Total calcium, mg/dL, with what is added for each 1 g/dL of albumin under the middle."""
    if calcium is None or albumin is None or calcium.low != calcium.high or albumin.low != albumin.high:
        return None
    assert calcium.low is not None and albumin.low is not None
    amount = calcium.low + triage.number("calcium_per_albumin") * (triage.number("albumin_middle") - albumin.low)
    return Span(amount, amount)


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
        self.said: dict[tuple[str, str], list[tuple[str, Truth]]] = {}
        for kind, text, concept, _, negated, past, family, *_ in said:
            truth = None if negated is None else not (negated or past or family)
            self.said.setdefault((kind, text), []).append((concept, truth))
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
        if not self._known(fact) or (status and not status["is_eligible"]) or fact.get("negated") or fact.get("past"):
            return
        if (status and status["is_current"] == 0) or (fact["until"] is not None and fact["until"] <= self.as_of):
            return
        absent = {"absent": False, "unknown": None}.get(fact.get("presence") or "", True)
        for concept, truth in [
            *self.said.get((kind, fact["text"]), ()),
            *((c, True) for c in self.coded.get((fact["system"], fact["code"]), ())),
        ]:
            self.signs.setdefault(concept, []).append((both(truth, absent), fact))

    def now(self, concept: str) -> Truth:
        """Whether a sign is present and, where it is dated, fresh."""
        found = []
        for truth, fact in self.signs.get(concept, ()):
            fresh = fact["start"] is None or (
                fact["start"] + HALF[fact["start_precision"]] >= self.as_of - self.triage.limits["red_flag_lasts"]
            )
            found.append(truth if fresh else False)
        return either(found)

    def ever(self, concept: str) -> Truth:
        return either(truth for truth, _ in self.signs.get(concept, ()))

    def takes(self, drug: str) -> bool:
        return any(self._taken(fact, drug) for fact in self.tables.get("medications", ()))

    def _taken(self, fact: Fact, drug: str) -> bool:
        names = {c for c, truth in self.said.get(("medications", fact["text"]), ()) if truth}
        names |= self.coded.get((fact["system"], fact["code"]), set())
        status = self.triage.statuses.get(("medications", fact["status"] or "none"))
        if drug not in names or not self._known(fact) or not status or not status["is_eligible"]:
            return False
        if fact["kind"] == "given":
            ended = fact["until"] if fact["until"] is not None else fact["start"]
            return ended is None or self.as_of - ended <= self.triage.limits["given_lasts"]
        ended = fact["until"] is not None and fact["until"] <= self.as_of
        return fact["kind"] != "planned" and status["is_current"] != 0 and not ended

    def guarded_drug(self) -> Truth:
        return either(
            both(True, True if not row["only_with"] else self.ever(row["only_with"]))
            for row in self.triage.guarded
            if self.takes(row["drug"])
        )


def urgency(
    patient: Fact,
    story: Story,
    level: Level,
    near: Mapping[str, Sequence[Result]],
    triage: Triage,
    as_of: int,
    obstetric: bool = False,
) -> Urgency:
    holds: list[tuple[str, Truth]] = [(tier, story.now(flag)) for flag, tier in triage.red_flags.items()]
    amounts = {analyte: _one(results) for analyte, results in near.items()}
    amounts.setdefault("calcium_corrected", corrected_calcium(amounts.get("calcium"), amounts.get("albumin"), triage))
    holds += _severe(amounts, triage)
    is_low = False if obstetric else level.is_low
    magnesium = [
        (row["below"], row["at_least"], name, result)
        for result in level.decides
        for (name, family), row in triage.levels.items()
        if result.family == family
    ]

    def at(name: str) -> Truth:
        if level.unreadable or not level.decides or any(r.why_not == "worded" for r in level.decides):
            return None
        truths = [
            below(r.in_family(), Fraction(u, 10_000)) if u is not None else at_least(r.in_family(), Fraction(o, 10_000))
            for u, o, n, r in magnesium
            if n == name
        ]
        return truths[0] if len(set(truths)) == 1 else None

    drug = story.guarded_drug()
    symptom = either(story.now(s) for s in triage.symptoms if s != "asymptomatic")
    ischaemia = either(story.now(c) for c in ("coronary_spasm", "myocardial_ischaemia"))
    bad = either([symptom, drug, ischaemia, *_low_salts(amounts, triage)])
    infant = None if patient["birth"] is None else as_of - patient["birth"] < triage.limits["infant_until"]
    holds += [(triage.symptoms[s], both(is_low, story.now(s))) for s in triage.symptoms if s != "asymptomatic"]
    holds += [
        (triage.tiers["low"], is_low),
        (triage.tiers["clearly_low"], both(is_low, at("clearly_low"))),
        (triage.tiers["very_low"], both(is_low, at("very_low"))),
        (triage.tiers["clearly_low_aggravated"], both(both(is_low, at("clearly_low")), bad)),
        (triage.tiers["low_with_drug"], both(is_low, drug)),
        (triage.tiers["low_infant"], both(is_low, infant)),
        (triage.tiers["toxic"], at("toxic")),
        (triage.tiers["dangerous_high"], at("dangerous_high")),
    ]
    base = max((TIERS.index(tier) for tier, truth in holds if truth), default=0)
    possible = {base} | {TIERS.index(tier) for tier, truth in holds if truth is None and TIERS.index(tier) > base}
    tier = TIERS[base] if base or level.is_low is not None else "cannot_tell"
    return Urgency(tier, frozenset(TIERS[i] for i in possible))


def _one(results: Sequence[Result]) -> Span | None:
    spans = {r.spoken() for r in results}
    return spans.pop() if len(spans) == 1 else None


def _severe(amounts: Mapping[str, Span | None], triage: Triage) -> list[tuple[str, Truth]]:
    found: list[tuple[str, Truth]] = []
    for analyte, row in triage.severe.items():
        amount = amounts.get(analyte)
        if amount is None:
            continue  # nothing was measured: nothing is said
        if row["severe_low"] is not None:
            found.append((row["severe_tier"], below(amount, Fraction(row["severe_low"], 10_000))))
        if row["severe_high"] is not None:
            found.append((row["severe_tier"], at_least(amount, Fraction(row["severe_high"], 10_000))))
    return found


def _low_salts(amounts: Mapping[str, Span | None], triage: Triage) -> list[Truth]:
    potassium = below(amounts.get("potassium"), triage.number("urgent_potassium"))
    if amounts.get("calcium_ionised") is not None:
        return [potassium, below(amounts["calcium_ionised"], triage.number("urgent_calcium_ionised"))]
    calcium = amounts.get("calcium_corrected") or amounts.get("calcium")
    return [potassium, below(calcium, triage.number("urgent_calcium"))]
