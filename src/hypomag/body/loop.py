"""A protocol followed from level to level: every body is measured, ordered for, given, measured again.

Rounds are shared (all levels of a round at one hour), amounts are each body's own. Doses may be missed and results come
a round late.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from hypomag.body.ahead import STORES, deficit, stores_now
from hypomag.body.causes import Cause
from hypomag.body.draws import Draws
from hypomag.body.known import forecasting
from hypomag.body.protocol import Band, Protocol
from hypomag.body.simulate import simulate

LOOK = 2.0  # hours between two looks at the serum
LASTING = 24.0  # hours above the lower limit that count as having reached the range
DOSES_A_DAY = 3  # by mouth, for the cost of a day


@dataclass
class Conduct:
    """How orders go on a ward: shares of doses missed and of results that come a round late; scatter of a level."""

    scatter: float
    missed: float = 0.0
    late: float = 0.0


@dataclass
class Followed:
    """What became of each body (n), and of all together by the look (T)."""

    outcomes: dict[str, np.ndarray]
    hours: np.ndarray
    in_range: np.ndarray  # (T, n) bool
    serum: np.ndarray  # (T, n)
    draws: Draws
    deficit: np.ndarray | None = None  # (T, n), where asked for


@dataclass
class Running:
    """What a run carries from round to round."""

    n: int
    due: np.ndarray = field(init=False)
    waiting: np.ndarray = field(init=False)  # a level whose result comes a round late, nan where none
    pending: dict[tuple[float, float, str], np.ndarray] = field(default_factory=dict)  # (hour, runs, pool) -> mmol (n)
    totals: dict[str, np.ndarray] = field(init=False)

    def __post_init__(self) -> None:
        self.due, self.waiting = np.zeros(self.n), np.full(self.n, np.nan)
        self.totals = {k: np.zeros(self.n) for k in ("labs", "doses", "iv_doses", "im_doses", "iv_mmol", "mmol")}


def follow(
    draws: Draws,
    protocol: Protocol,
    until: float,
    limits: tuple[float, float, float],
    egfr: np.ndarray,
    weight: np.ndarray,
    conduct: Conduct,
    seed: Sequence[int],
    acts: Sequence[Cause] = (),
    first: np.ndarray | None = None,
    stores: bool = False,
) -> Followed:
    """Follow a protocol from hour 0 to `until`. limits: range and safety, mmol/L; first: levels (n) already printed at 0;
    stores: keep what is missing at every look too."""
    random, run = np.random.default_rng([*seed, 19]), Running(draws.n)
    looks, seen, missing = [], [], []
    kept = STORES if stores else ("central",)
    begin = 0.0
    while begin < until - 1e-9:
        end = min(begin + protocol.every, until)
        noise = {k: random.standard_normal(draws.n) for k in ("level", "wander")}
        chance = {k: random.random(draws.n) for k in ("late", "missed")}
        serum = draws.pools[4] / draws.parameters["v_central"]
        level = first if first is not None and begin == 0 else serum * np.exp(conduct.scatter * noise["level"])
        order(run, protocol, begin, level, egfr, weight, conduct, chance["late"], random)
        draws = draws.wandered(begin, end, noise["wander"])
        at = np.arange(begin + LOOK, end + 1e-9, LOOK)
        at = np.append(at, end) if not at.size or at[-1] < end - 1e-9 else at
        course = simulate(draws.people, rows(run.pending, begin, end), end, acts, at, draws.pools, begin, kept)
        draws = draws.at(course.end)
        looks.append(at)
        seen.append(course["serum"])
        if stores:
            missing.append(deficit(course, draws))
        run.pending = {k: v for k, v in run.pending.items() if k[0] + k[1] > end + 1e-9 or k[0] >= end - 1e-9}
        begin = end
    done = told(draws, run, np.concatenate(looks), np.concatenate(seen), limits, until)
    done.deficit = np.concatenate(missing) if stores else None
    return done


def order(
    run: Running, protocol: Protocol, now: float, level: np.ndarray, egfr: np.ndarray, weight: np.ndarray,
    conduct: Conduct, late: np.ndarray, random: np.random.Generator,
) -> None:  # fmt: skip
    """One round: who is due is measured; a result in hand is ordered for by its band."""
    drawn = run.due <= now + 1e-9
    run.totals["labs"] += drawn
    late_now = drawn & (late < conduct.late)
    in_hand = np.where(drawn & ~late_now, level, run.waiting)
    run.waiting = np.where(late_now, level, np.nan)
    known = ~np.isnan(in_hand)
    run.due = np.where(drawn, np.inf, run.due)
    chosen = np.where(known, protocol.band(np.where(known, in_hand, 0.0), weight), -2)
    run.due = np.where(chosen == -1, now + protocol.every, run.due)
    for i, band in enumerate(protocol.bands):
        mine = chosen == i
        if mine.any():
            run.due = np.where(mine, now + band.recheck, run.due)
            scale = mine * band.kidney.share(egfr) * (weight if band.per_kg else 1.0)
            give(run, band, now + protocol.delay, scale, conduct, random)


def give(run: Running, band: Band, at: float, scale: np.ndarray, conduct: Conduct, random: np.random.Generator) -> None:
    """Put the doses of a band down for those with a scale above zero; what is missed is not given."""
    taken: dict[float, np.ndarray] = {}
    for dose in band.doses:
        hour = round(at + dose.after, 6)
        if hour not in taken:  # the parts of one tablet are missed together
            taken[hour] = (random.random(run.n) >= conduct.missed) if conduct.missed else np.ones(run.n, bool)
            run.totals["doses"] += taken[hour] & (scale > 0)
        amount = scale * dose.amount * taken[hour]
        key = (hour, round(dose.runs, 6), dose.pool)
        run.pending[key] = run.pending.get(key, 0.0) + amount
        run.totals["mmol"] += amount
        if dose.pool == "central":
            run.totals["iv_mmol"] += amount
            run.totals["iv_doses"] += amount > 0
        elif dose.pool == "depot":
            run.totals["im_doses"] += amount > 0


def rows(pending: dict[tuple[float, float, str], np.ndarray], begin: float, end: float) -> list[dict]:
    """Event rows of what touches begin..end."""
    return [
        {"time": hour, "amt": mmol, "rate": mmol / runs if runs else 0.0, "cmt": pool}
        for (hour, runs, pool), mmol in sorted(pending.items(), key=lambda item: item[0])
        if mmol.any() and hour < end - 1e-9 and (hour + runs > begin + 1e-9 if runs else hour >= begin - 1e-9)
    ]


def told(
    draws: Draws, run: Running, hours: np.ndarray, serum: np.ndarray, limits: tuple[float, float, float], until: float
) -> Followed:
    """The outcomes of each body."""
    low, high, safety = limits
    inside, enough = (serum >= low) & (serum <= high), serum >= low
    reached = np.full(draws.n, until)
    held = np.zeros(draws.n)
    for i in range(len(hours)):  # hours since the level came above the lower limit for good, at least LASTING
        step = hours[i] - (hours[i - 1] if i else 0.0)
        held = np.where(enough[i], held + step, 0.0)
        first_time = (held >= LASTING) & (reached >= until)
        reached = np.where(first_time, hours[i] - held, reached)
    totals, price = run.totals, {name: row["value"] for name, row in forecasting()["cost"].items()}
    mouth = totals["doses"] - totals["iv_doses"] - totals["im_doses"]
    cost = totals["iv_doses"] * price["iv_dose"] + totals["im_doses"] * price["im_dose"] + totals["labs"] * price["lab"]
    cost = cost + mouth * price["po_day"] / DOSES_A_DAY
    outcomes = {
        "time_in_range": inside.mean(axis=0),
        "hours_to_range": np.maximum(reached, 0.0),
        "in_range_at_end": inside[-1].astype(float),
        "low_at_end": (serum[-1] < low).astype(float),
        "deficit_at_end": deficit(stores_now(draws), draws)[0],
        "time_above_range": (serum > high).mean(axis=0),
        "above_range_at_end": (serum[-1] > high).astype(float),
        "above_safety": (serum.max(axis=0) > safety).astype(float),
        "highest": serum.max(axis=0),
        "labs": totals["labs"],
        "doses": totals["doses"],
        "mmol": totals["mmol"],
        "iv_share": np.where(totals["mmol"] > 0, totals["iv_mmol"] / np.maximum(totals["mmol"], 1e-9), np.nan),
        "cost": cost,
    }
    return Followed(outcomes, hours, inside, serum, draws)
