"""P-18: forecasts of our own virtual patients: calibration of the draws and coverage of the 90 % fan

The truth comes from the same prior, with a first level between 0.35 and 0.75 mmol/L; it lives through 2 g by vein and
two more levels (the second with potassium, calcium and a day's urine), is forecast, and goes on under a plan. Ranks of
the truth among the draws must be uniform (chi-square, 20 bins, p > 0.01), and the 90 % fan must hold 88 to 92 %.
"""

from __future__ import annotations

import math
import os

import numpy as np

from hypomag.body import ahead
from hypomag.body.doses import event_rows, read_dose
from hypomag.body.draws import WAYS, Draws, bodies, draw, held
from hypomag.body.kernel import POOLS, observe
from hypomag.body.known import forecasting
from hypomag.body.past import SHOWS, TRACE, Lab, dealt, lived
from hypomag.body.simulate import simulate

WHO = {"weight": 70.0, "age": 60.0, "egfr": 75.0}
MIX = {"intake": 0.25, "absorption": 0.25, "gi_loss": 0.15, "renal_loss": 0.2, "redistribution": 0.05, "other": 0.1}
SEEN = (0.35, 0.75)  # mmol/L of the first printed level
PAST = [{**r, "time": r["time"] - 46.0} for r in event_rows(read_dose("magnesium sulfate 2 g IV over 2 h"))]
PLAN = event_rows(read_dose("magnesium sulfate 4 g IV over 4 h every 24 h for 2 d"))
LOOKS = np.array([0.0, 6.0, 24.0, 72.0, 168.0])
BINS, N = 20, 1000


def truths(n: int, seed: int) -> tuple[Draws, np.ndarray]:
    """People from the prior of a forecast whose first printed level (returned) lies in SEEN."""
    random, about = np.random.default_rng([seed, 3]), forecasting()
    people, p, usual = bodies(WHO, n, 10_000 + seed, random)
    first = about["first_level"]
    serum = usual * np.exp(first["width"]["value"] * random.standard_t(first["freedom"]["value"], n))
    chance = np.array([MIX[w] for w in WAYS])
    way = random.choice(len(WAYS), n, p=chance / chance.sum())
    lasting = about["lasting"]
    hours = 24 * lasting["median"]["value"] * np.exp(lasting["width"]["value"] * random.standard_normal(n))
    now, pools, feasible = held(p, np.clip(serum, 0.06, 3.0), usual, way, hours)
    printed = serum * np.exp(about["scatter"]["ward"]["value"] * random.standard_normal(n))
    people.resting = (now, pools)
    whole = Draws(people, p, pools, usual, way, np.full(n, 1 / n), np.arange(n))
    seen = (printed > SEEN[0]) & (printed < SEEN[1])
    able = np.array(
        [np.mean(feasible[seen & (way == i)]) for i in range(len(WAYS))]
    )  # a forecast keeps MIX whatever this is
    keep = np.flatnonzero((feasible > 0) & seen & (random.random(n) < (able.min() / able)[way]))
    return whole.take(keep), printed[keep]


def printed(draws: Draws, what: str, random: np.random.Generator) -> np.ndarray:
    """What a laboratory prints of each truth now."""
    y, name = dict(zip(POOLS, draws.pools, strict=True)), SHOWS[what]
    seen = y[name] if name in y else observe(y, draws.parameters)[name]
    scatter = forecasting()["scatter"]["ward" if what == "magnesium" else what]["value"]
    extra = TRACE if what == "urine" else 0.0
    return (seen * (24 if what == "urine" else 1) + extra) * np.exp(scatter * random.standard_normal(draws.n)) - extra


def moved(draws: Draws, begin: float, until: float, random: np.random.Generator) -> Draws:
    draws = draws.wandered(0.0, until - begin, random.standard_normal(draws.n))
    course = simulate(
        draws.people, dealt(PAST, draws), until, start=draws.pools, begin=begin, at=np.array([until]), keep=("central",)
    )
    return draws.at(course.end)


def run() -> tuple[str, bool]:
    count = int(os.environ.get("HYPOMAG_TRUTHS", "1000"))
    random = np.random.default_rng(29)
    parts = [truths(20_000, k) for k in range(1, 2 + count // 1200)]
    ranks: dict[str, list[float]] = {"serum now": [], "deficit now": [], "serum at 24 h": [], "serum at 7 d": []}
    inside, done, off = np.zeros((2, len(LOOKS))), 0, []
    for truth, first in parts:
        levels = {-48.0: first}
        later = moved(truth, -48.0, -24.0, random)
        levels[-24.0] = printed(later, "magnesium", random)
        now = moved(later, -24.0, 0.0, random)
        others = {what: printed(now, what, random) for what in ("magnesium", "potassium", "calcium", "urine")}
        course = ahead.run(now, PLAN, LOOKS[-1], seed=999, at=LOOKS)
        true = {"serum": course["serum"], "deficit": ahead.deficit(course, now)}
        for i in range(min(truth.n, count - done)):
            labs = [
                Lab(-24.0, "magnesium", levels[-24.0][i]),
                *(Lab(0.0, w, max(v[i], 0.001)) for w, v in others.items()),
            ]
            mine = lived(draw(WHO, first[i], MIX, N, seed=done + 1), labs, PAST, -48.0, 0.0, seed=done + 1)
            told = ahead.run(mine, PLAN, LOOKS[-1], seed=done + 1, at=LOOKS)
            found = {"serum": told["serum"], "deficit": ahead.deficit(told, mine)}
            for row, name in enumerate(("serum", "deficit")):
                low, high = np.quantile(found[name], (0.05, 0.95), axis=1)
                inside[row] += (true[name][:, i] >= low) & (true[name][:, i] <= high)
            for label, name, k in (
                ("serum now", "serum", 0),
                ("deficit now", "deficit", 0),
                ("serum at 24 h", "serum", 2),
                ("serum at 7 d", "serum", 4),
            ):
                values, it = found[name][k], true[name][k, i]
                ranks[label].append((np.sum(values < it) + random.random() * (1 + np.sum(values == it))) / (N + 1))
            off.append(mine.tempered < 1)
            done += 1
    lines = [
        f"{done:,} truths, {N} draws each, first level {SEEN[0]} to {SEEN[1]} mmol/L; likelihood tempered in {np.mean(off):.1%}.",
        "",
    ]
    lines += [
        "| held by the 90 % fan at | " + " | ".join(f"{h:g} h" for h in LOOKS) + " |",
        "| --- |" + " --- |" * len(LOOKS),
    ]
    for name, row in zip(("serum", "deficit"), inside / done, strict=True):
        lines.append(f"| {name} | " + " | ".join(f"{100 * x:.1f} %" for x in row) + " |")
    lines += ["", "| rank of the truth among the draws | chi-square (19) | p |", "| --- | --- | --- |"]
    ps = []
    for label, values in ranks.items():
        counts = np.histogram(values, BINS, (0, 1))[0]
        chi = float(((counts - done / BINS) ** 2 / (done / BINS)).sum())
        ps.append(upper_tail(chi, BINS - 1))
        lines.append(f"| {label} | {chi:.1f} | {ps[-1]:.3f} |")
    held_ = inside[0] / done
    met = bool(((held_ >= 0.88) & (held_ <= 0.92)).all() and min(ps) > 0.01)
    return "\n".join(
        [*lines, "", f"Bars (88 to 92 % of serum at every hour, every p > 0.01): {'met' if met else 'missed'}."]
    ) + "\n", met


def upper_tail(chi: float, freedom: int) -> float:
    """P(chi-square > chi), by the series of the regularised lower gamma function."""
    a, x = freedom / 2, chi / 2
    term = total = 1 / a
    for k in range(1, 2000):
        term *= x / (a + k)
        total += term
    return 1 - total * math.exp(-x + a * math.log(x) - math.lgamma(a)) if x > 0 else 1.0
