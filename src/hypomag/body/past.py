"""What has been measured and given since the first level: every draw lives it again and is weighed by what it shows.

Sequential importance resampling: run to the next measurement, weigh, and where few draws carry the weight, temper the
likelihood and resample.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hypomag.body.draws import Draws
from hypomag.body.kernel import POOLS, observe
from hypomag.body.known import Mistake, forecasting
from hypomag.body.simulate import simulate

SHOWS = {"magnesium": "serum", "potassium": "plasma_potassium", "calcium": "calcium", "urine": "excrete"}
FEWEST, RESAMPLE_BELOW = 0.1, 0.5  # shares of the draws
TRACE = 0.3  # mmol a day added to both sides of a urine, so that 0 and 0.1 are alike
EDGE = 1e-6


@dataclass(frozen=True)
class Lab:
    """One measurement: hour (0 = now, negative before), what, value (mmol/L; urine mmol a day), '<' where only a limit."""

    hour: float
    what: str
    value: float
    below: bool = False


def lived(
    draws: Draws,
    labs: Sequence[Lab],
    doses: Sequence[dict],
    first: float,
    now: float,
    seed: int = 1,
) -> Draws:
    """The draws, which stand at hour `first`, as they are at hour `now`: weighed, resampled, equally weighted.

    labs: measurements between first and now, without the level the draws began from. doses: event rows. Returns draws
    whose `effective` is the smallest effective sample size met and `tempered` the smallest power used.
    """
    for lab in labs:
        if lab.what not in SHOWS:
            raise Mistake(f"labs: '{lab.what}' does not weigh the draws; {', '.join(SHOWS)} do.")
        if not first - EDGE <= lab.hour <= now + EDGE:
            raise Mistake(f"labs: {lab.what} at {lab.hour:g} h lies outside {first:g} to {now:g} h.")
    random = np.random.default_rng([seed, 11])
    at, fewest, power = first, draws.effective, 1.0
    for hour in sorted({*(lab.hour for lab in labs), now}):
        draws = marched(draws, doses, at, hour, random)
        mine = [lab for lab in labs if lab.hour == hour]
        log = sum((likelihood(draws, lab) for lab in mine), np.zeros(draws.n))
        draws, used = weighed(draws, log)
        fewest, power, at = min(fewest, draws.effective), min(power, used), hour
        if draws.effective < RESAMPLE_BELOW * draws.n or hour == now:
            draws = draws.take(resampled(draws.weight, random))
    return replace(draws, effective=fewest, tempered=power)


def marched(draws: Draws, doses: Sequence[dict], begin: float, until: float, random: np.random.Generator) -> Draws:
    """The draws at `until`, their set points wandered on the way."""
    if until - begin < EDGE:
        return draws
    draws = draws.wandered(0.0, until - begin, random.standard_normal(draws.n))
    course = simulate(
        draws.people,
        dealt(doses, draws),
        until,
        start=draws.pools,
        begin=begin,
        at=np.array([until]),
        keep=("central",),
    )
    return draws.at(course.end)


def dealt(doses: Sequence[dict], draws: Draws) -> list[dict]:
    """Event rows whose amounts and rates, where they differ by draw, follow the draws through resampling."""
    return [
        {
            k: np.asarray(v)[draws.origin % np.size(v)] if k in ("amt", "rate") and np.size(v) > 1 else v
            for k, v in row.items()
        }
        for row in doses
    ]


def still_running(doses: Sequence[dict]) -> list[dict]:
    """What of the infusions begun before hour 0 has still to run in, as rows from hour 0."""
    rows = []
    for row in doses:
        amount, rate = np.asarray(row["amt"], float), np.asarray(row["rate"], float)
        if not np.any(rate > 0):
            continue
        hours = float(np.max(amount) / np.max(rate))
        for k in range(int(row["addl"]) + 1):
            start = float(row["time"]) + k * float(row["ii"])
            left = start + hours
            if start < 0 < left:
                rows.append({**row, "time": 0.0, "amt": amount * left / hours, "ii": 0.0, "addl": 0})
    return rows


def likelihood(draws: Draws, lab: Lab) -> np.ndarray:
    """Log likelihood (n) of one measurement, to a constant."""
    y, name = dict(zip(POOLS, draws.pools, strict=True)), SHOWS[lab.what]
    seen = y[name] if name in y else observe(y, draws.parameters)[name]
    scatter = forecasting()["scatter"][draws.setting if lab.what == "magnesium" else lab.what]["value"]
    extra = TRACE if lab.what == "urine" else 0.0
    z = np.log((lab.value + extra) / (seen * (24 if lab.what == "urine" else 1) + extra)) / scatter
    if lab.below:  # the chance that a level so far below the limit is printed as below it
        return np.log(np.maximum([0.5 * math.erfc(-x / math.sqrt(2)) for x in z], 1e-300))
    return -0.5 * z * z


def weighed(draws: Draws, log: np.ndarray) -> tuple[Draws, float]:
    """The draws with new weights, and the power to which the likelihood was raised to keep enough of them."""
    if not np.any(log):
        return replace(draws, effective=float(1 / np.sum(draws.weight**2))), 1.0
    log = log - log.max()

    def at(power: float) -> np.ndarray:
        w = draws.weight * np.exp(power * log)
        return w / w.sum()

    power, floor = 1.0, min(FEWEST * draws.n, 0.9 / np.sum(draws.weight**2))
    while 1 / np.sum(at(power) ** 2) < floor and power > 1e-4:
        power *= 0.8
    w = at(power)
    return replace(draws, weight=w, effective=float(1 / np.sum(at(1.0) ** 2))), power


def resampled(weight: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Systematic resampling: the index (n) of who lives on."""
    n = len(weight)
    places = (random.random() + np.arange(n)) / n
    return np.minimum(np.searchsorted(np.cumsum(weight), places), n - 1)
