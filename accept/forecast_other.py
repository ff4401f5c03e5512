"""P-18: forecasts of people who follow another published model: two compartments (Lu 2002), one (Salinger 2013)

Women treated with magnesium sulfate around birth, whose serum is a baseline plus a linear model with published clearance,
volumes and variation between persons. A level before the dose and one at 2 h are given to the forecast; its 90 % fan must
hold 80 % of the true curve at later hours.
"""

from __future__ import annotations

import os

import numpy as np

from hypomag.body import ahead
from hypomag.body.doses import event_rows, read_dose
from hypomag.body.draws import WAYS, draw
from hypomag.body.known import forecasting
from hypomag.body.past import Lab, lived, still_running
from hypomag.knowledge import load

LOOKS = np.array([0.0, 1.0, 2.0, 4.0, 10.0, 22.0])  # hours after the level at 2 h
N = 1000


def lognormal(random: np.random.Generator, mean: float, cv: float, n: int) -> np.ndarray:
    return mean * np.exp(np.sqrt(np.log1p(cv**2)) * random.standard_normal(n))


def lu(random: np.random.Generator, n: int, weight: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Increment (looks after the start of the dose, n) for 120 mg/kg over 1 h then 24 mg/kg/h for 5 h."""
    cl, vc = lognormal(random, 5.0, 0.39, n), lognormal(random, 24.0, 0.26, n)
    vp, q = lognormal(random, 25.0, 0.38, n), lognormal(random, 5.6, 0.59, n)
    gram = 4.06
    doses = [f"magnesium sulfate {0.120 * w:.3f} g IV over 1 h then {0.024 * w:.4f} g/h for 5 h" for w in weight]
    rate = lambda t: np.where(t < 1, 0.120 * weight * gram, np.where(t < 6, 0.024 * weight * gram, 0.0))  # noqa: E731
    return two_compartments(cl, vc, vp, q, rate), doses


def salinger(random: np.random.Generator, n: int, weight: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """4 g over 20 min then 1 g/h for 12 h; between-person variation 30 % of both, since the transcription gives none."""
    cl, v = lognormal(random, 4.81, 0.30, n), lognormal(random, 15.6, 0.20, n) * (weight / 55) ** 0.692
    gram = 4.06
    rate = lambda t: np.where(t < 1 / 3, 12 * gram, np.where(t < 12 + 1 / 3, gram, 0.0)) + 0 * weight  # noqa: E731
    words = "magnesium sulfate 4 g IV over 20 min then 1 g/h for 12 h"
    return two_compartments(cl, v, v, 0 * v, rate), [words] * n


def two_compartments(cl, vc, vp, q, rate) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Concentration at 2 h + LOOKS by small implicit steps."""
    step, at, a, b = 0.01, 0.0, 0 * cl, 0 * cl
    found, wanted = [], list(2.0 + LOOKS)
    while wanted:
        if at >= wanted[0] - 1e-9:
            found.append(a / vc)
            wanted.pop(0)
        k10, k12, k21 = cl / vc, q / vc, q / vp
        given = a + step * rate(np.full_like(cl, at + step / 2))
        det = (1 + step * (k10 + k12)) * (1 + step * k21) - step * step * k12 * k21
        a, b = (
            ((1 + step * k21) * given + step * k21 * b) / det,
            ((1 + step * (k10 + k12)) * b + step * k12 * given) / det,
        )
        at += step
    return np.array(found)


def run() -> tuple[str, bool]:
    count = int(os.environ.get("HYPOMAG_TRUTHS", "1000")) // 2
    random, met = np.random.default_rng(31), True
    steps = {row["step"]: row["leak"] / 10_000 for row in load().tables["steps"].dicts()}
    lines = [
        "| another model | " + " | ".join(f"{h:g} h later" for h in LOOKS) + " | all |",
        "| --- |" + " --- |" * (len(LOOKS) + 1),
    ]
    scatter = forecasting()["scatter"]["ward"]["value"]
    for name, model, about in (("Lu 2002", lu, 0.80), ("Salinger 2013", salinger, 0.85)):
        weight = np.clip(lognormal(random, 70.0 if model is lu else 55.0, 0.15, count), 46, 140)
        more, doses = model(random, count, weight)
        base = lognormal(random, about, 0.08, count)
        true = base + more
        noise = np.exp(scatter * random.standard_normal((2, count)))
        inside = np.zeros(len(LOOKS))
        for i in range(count):
            who = {"weight": float(weight[i]), "age": 28.0, "sex": "female", "pregnant": True}
            rows = [{**r, "time": r["time"] - 2.0} for r in event_rows(read_dose(doses[i]))]
            first = draw(who, float(base[i] * noise[0, i]), {w: steps.get(w, 0.1) for w in WAYS}, N, seed=i + 1)
            mine = lived(first, [Lab(0.0, "magnesium", float(true[0, i] * noise[1, i]))], rows, -2.0, 0.0, seed=i + 1)
            told = ahead.run(mine, still_running(rows) + [r for r in rows if r["time"] >= 0], LOOKS[-1], at=LOOKS)[
                "serum"
            ]
            low, high = np.quantile(told, (0.05, 0.95), axis=1)
            inside += (true[:, i] >= low) & (true[:, i] <= high)
        share = inside / count
        met &= bool(share.mean() >= 0.80)
        lines.append(
            f"| {name}, {count} people | "
            + " | ".join(f"{100 * x:.0f} %" for x in share)
            + f" | {100 * share.mean():.1f} % |"
        )
    return "\n".join([*lines, "", f"Bar (80 % of all): {'met' if met else 'missed'}."]) + "\n", met
