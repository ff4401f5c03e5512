"""Plans run forward on the same draws, and what a plan does: fans, chances, losses, the hour to measure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hypomag.body.causes import Cause
from hypomag.body.course import LEDGERS, Course
from hypomag.body.draws import KNOBS, Draws
from hypomag.body.kernel import POOLS
from hypomag.body.known import forecasting
from hypomag.body.past import dealt
from hypomag.body.simulate import simulate

KEPT = ("central", "fast", "exchangeable", "slow", "crystal", "urine", "faeces", "elsewhere")
STORES = ("central", "fast", "exchangeable", "slow")
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
WANDERS_AT = (0.0, 48.0, 168.0)  # hours at which the set point moves, each by what the time until the next adds
GONE = (0.25, 0.5, 0.75, 1.0)  # a cause with a slow end leaves in these steps
TREATED = ("stomach", "tablet", "gut", "depot", "central")


@dataclass(frozen=True)
class Goal:
    """Range and safety limit of serum, mmol/L."""

    low: float
    high: float
    safety: float


def run(draws: Draws, doses: Sequence[dict], until: float, stop: float | None = None, gone_in: float = 0.0, seed: int = 1,
        at: np.ndarray | None = None) -> Course:  # fmt: skip
    """The draws from hour 0 to `until` under event rows; `stop`: the hour at which the cause is stopped.

    gone_in: hours in which two thirds of a stopped cause have gone (0 = at once). The same seed gives every plan the
    same chances, so that plans compare draw by draw.
    """
    acts = [*wandering(draws, until, seed), *(stopped(draws, stop, gone_in) if stop is not None else [])]
    hours = np.linspace(0.0, until, round(until) + 1) if at is None else at
    return simulate(draws.people, dealt(doses, draws), until, acts, at=hours, start=draws.pools, keep=KEPT)


def wandering(draws: Draws, until: float, seed: int) -> list[Cause]:
    """Fluid and the set point of the kidney move by chance, a little more with time."""
    random = np.random.default_rng([seed, 13])
    acts = []
    for hour, after in zip(WANDERS_AT, [*WANDERS_AT[1:], 2 * WANDERS_AT[-1]], strict=True):
        moved = draws.wander(hour, after, random.standard_normal(draws.n))
        if hour < until:
            effects = (("tm_usual", "times", moved), ("v_central", "times", 1 / moved))
            acts.append(Cause("wander", effects, start=hour))
    return acts


def stopped(draws: Draws, at: float, gone_in: float) -> list[Cause]:
    """Every draw's failing step going back to what it is in health."""
    names = sorted({name for names, *_ in KNOBS.values() for name in names})
    back = {k: draws.well[k] - draws.parameters[k] for k in names}
    steps = GONE if gone_in > 0 else (1.0,)
    acts, before = [], 0.0
    for share in steps:
        middle = (before + share) / 2
        hour = at - gone_in * float(np.log(1 - middle)) if gone_in > 0 else at
        effects = tuple((k, "adds", v * (share - before)) for k, v in back.items() if np.any(v))
        acts.append(Cause("stopped", effects, start=hour))
        before = share
    return acts


def deficit(course: Course | Mapping[str, np.ndarray], draws: Draws) -> np.ndarray:
    """Magnesium missing from blood, soft tissue, bone surface and cells against the body's own usual, mmol (T, n)."""
    p = draws.well
    full = draws.usual * (p["v_central"] + p["v_fast"] + p["v_exchangeable"]) + p["slow_usual"]
    return full - sum(course[name] for name in STORES)


def exchangeable_full(draws: Draws) -> np.ndarray:
    """Exchangeable magnesium (mmol, n) when nothing is missing."""
    p = draws.well
    return draws.usual * (p["v_central"] + p["v_fast"] + p["v_exchangeable"])


def stores_now(draws: Draws) -> dict[str, np.ndarray]:
    """The pools of `deficit` as they are, each (1, n)."""
    return {name: draws.pools[POOLS.index(name)][None] for name in STORES}


def told(course: Course, draws: Draws, doses: Sequence[dict], goal: Goal, nothing: Course | None = None) -> dict:
    """What a plan does, as plain numbers: quantiles and chances by hour, and what they come to."""
    serum, missing = course["serum"], deficit(course, draws)
    inside = (serum >= goal.low) & (serum <= goal.high)
    full = missing <= forecasting()["full"]["share"]["value"] * exchangeable_full(draws)
    return {
        "hours": course.hours,
        "serum": quantiles(serum),
        "deficit": quantiles(missing),
        "in_range": inside.mean(axis=1),
        "above_safety": (serum > goal.safety).mean(axis=1),
        "chance_in_range_at_end": float(inside[-1].mean()),
        "chance_low_at_end": float((serum[-1] < goal.low).mean()),
        "chance_above_safety": float((serum.max(axis=0) > goal.safety).mean()),
        "chance_above_range_at_end": float((serum[-1] > goal.high).mean()),
        "peak": quantiles(serum.max(axis=0)[None])[:, 0],
        "share_of_time_in_range": float(inside.mean()),
        "hours_to_range": first_hour(stays(serum >= goal.low), course.hours),
        "hours_to_full_stores": first_hour(stays(full), course.hours),
        "chance_full_at_end": float(full[-1].mean()),
        "measure_at": measure_at(course.hours, serum, doses),
        "dose": where_it_went(course, nothing),
    }


def quantiles(values: np.ndarray) -> np.ndarray:
    """QUANTILES over draws, (5, T)."""
    ordered = np.sort(values, axis=1)
    places = np.round(np.array(QUANTILES) * (ordered.shape[1] - 1)).astype(int)
    return ordered[:, places].T


def first_hour(reached: np.ndarray, hours: np.ndarray) -> float | None:
    """The hour by which half of the draws have been there; None where fewer ever are."""
    share = np.maximum.accumulate(reached, axis=0).mean(axis=1)
    return float(hours[np.argmax(share >= 0.5)]) if share[-1] >= 0.5 else None


def stays(reached: np.ndarray) -> np.ndarray:
    """From when on it is so until the end: a peak while a dose runs in does not count."""
    return np.minimum.accumulate(reached[::-1], axis=0)[::-1]


def last_dose_end(doses: Sequence[dict]) -> float:
    """The hour at which the last dose has run in."""
    ends = [0.0]
    for row in doses:
        rate = float(np.max(row["rate"]))
        runs = float(np.max(row["amt"])) / rate if rate > 0 else 0.0
        ends.append(float(row["time"]) + float(row["addl"]) * float(row["ii"]) + runs)
    return max(ends)


def measure_at(hours: np.ndarray, serum: np.ndarray, doses: Sequence[dict]) -> float | None:
    """The first hour after the last dose at which the median level stands still."""
    about, middle = forecasting()["meaningful"], np.median(serum, axis=1)
    for i in np.flatnonzero(hours >= last_dose_end(doses) - 1e-9):
        later = np.searchsorted(hours, hours[i] + about["hours"]["value"])
        if later >= len(hours):
            return None
        if middle[i] - middle[later] <= about["fall"]["value"] * middle[i]:
            return float(hours[i])
    return None


def where_it_went(course: Course, nothing: Course | None) -> dict[str, float] | None:
    """Means over the draws in mmol: what was given, and of it what urine, gut and elsewhere lost beyond what they would
    have lost anyway, and what was kept. These four add up to what was given."""
    if nothing is None:
        return None
    given = sum(float(np.mean(v) - np.mean(nothing.given.get(k, 0.0))) for k, v in course.given.items() if k in TREATED)
    if given <= 0:
        return None
    beyond = {k: course[k][-1] - course[k][0] - nothing[k][-1] + nothing[k][0] for k in LEDGERS}
    urine, gut, elsewhere = (float(np.mean(beyond[k])) for k in LEDGERS)
    return {"given": given, "urine": urine, "gut": gut, "elsewhere": elsewhere, "kept": given - urine - gut - elsewhere}
