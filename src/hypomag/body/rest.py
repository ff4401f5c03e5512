"""The body at rest: every pool's steady state under a person's parameters, by one bracketed root after another.

Rates come from the same text as the kernel (kernel.net_*), so rest is rest of the very model that runs.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from hypomag.body import causes as act
from hypomag.body.kernel import (
    POOLS,
    net_calcitriol,
    net_calcium,
    net_cell_potassium,
    net_central,
    net_potassium,
    net_response,
)
from hypomag.body.known import Mistake, body
from hypomag.body.people import People

Arrays = dict[str, np.ndarray]


def at_rest(people: People, active: list[act.Cause]) -> tuple[Arrays, np.ndarray]:
    """Parameters (serum_usual, tm_usual or food_in worked out) and pools (pools, n) at rest under `active` causes."""
    p, n, given = dict(people.parameters), people.n, people.serum
    usual = solve_usual(p, n)
    if given is not None and not people.low_by_intake:
        band = body()["person"]["healthy_serum"]
        usual = np.where((given >= band["low"]) & (given <= band["high"]), given, usual)
        p["tm_usual"] = kidney_for(given, p, usual, n)
    p["serum_usual"] = usual
    serum, short = usual if given is None else given, False
    if given is not None and people.low_by_intake:
        serum, short, eaten = given, True, given
        p["food_in"] = solve(lambda food: -balance(eaten, p | {"food_in": food}, usual), 0.0, 5.0, n)
    now = act.apply(p, active, people.surface)
    if active:
        serum = solve(lambda s: balance(s, now), 0.001, 30.0, n)
    # short of magnesium for months, not decades: cells and bone crystal still hold what is usual
    return p, fill(serum, now, n, usual if short else serum)


def settled(people: People) -> People:
    """The same people with their rest worked out once, for those who run them many times (lab to lab)."""
    return replace(people, resting=at_rest(people, []))


def kidney_for(serum: np.ndarray, p: Arrays, usual: np.ndarray, n: int) -> np.ndarray:
    """The transport maximum at which this serum is at rest on this diet."""
    tm = solve(lambda tm: -balance(serum, p | {"tm_usual": tm, "serum_usual": usual}), 0.05, 3.0, n)
    if np.any((tm < 0.051) | (tm > 2.99)):
        raise Mistake('person.serum is not one a kidney alone can hold on this diet; write serum_by = "intake".')
    return tm


def solve(falling: Callable[[np.ndarray], np.ndarray], low: float, high: float, n: int) -> np.ndarray:
    """Root of a falling function for n people at once, by Chandrupatla's bracketing (Adv. Eng. Softw. 28:145, 1997)."""
    a, b = np.full(n, low), np.full(n, high)
    fa, fb = (np.broadcast_to(falling(x), (n,)).astype(float) for x in (a, b))
    a, fa = np.where(fa <= 0, b, a), np.where(fa <= 0, fb, fa)  # no root inside: the nearer end is the answer
    b, fb = np.where(fb >= 0, a, b), np.where(fb >= 0, fa, fb)
    c, fc, t = a, fa, np.full(n, 0.5)
    for _ in range(100):
        x = a + t * (b - a)
        fx = np.broadcast_to(falling(x), (n,))
        same = np.sign(fx) == np.sign(fa)
        c, fc = np.where(same, a, b), np.where(same, fa, fb)
        b, fb = np.where(same, b, a), np.where(same, fb, fa)
        a, fa = x, fx
        best = np.where(np.abs(fa) < np.abs(fb), a, b)
        gap = np.abs(b - a)
        tight = 4e-16 * np.abs(best) / np.where(gap > 0, gap, 1.0)
        if ((tight > 0.5) | (gap == 0) | (fa == 0)).all():
            return best
        t = np.clip(inverse_quadratic(a, b, c, fa, fb, fc), tight, 1 - tight)
    return best


def inverse_quadratic(
    a: np.ndarray, b: np.ndarray, c: np.ndarray, fa: np.ndarray, fb: np.ndarray, fc: np.ndarray
) -> np.ndarray:
    """Where between a and b to look next: by inverse quadratic interpolation where that is safe, else the middle."""
    with np.errstate(divide="ignore", invalid="ignore"):
        xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
        safe = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi)
        t = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
    return np.where(safe & np.isfinite(t), t, 0.5)


def solve_usual(p: Arrays, n: int) -> np.ndarray:
    """The serum (mmol/L) at which a person without causes rests; that serum is then the person's own usual."""
    return solve(lambda serum: balance(serum, p | {"serum_usual": serum}), 0.01, 5.0, n)


def balance(serum: np.ndarray, p: Arrays, stores: np.ndarray | None = None) -> np.ndarray:
    """Net flow (mmol/h) into the central pool with every other pool at rest at this serum (slow ones at `stores`)."""
    y = dict(zip(POOLS, fill_magnesium(serum, p, serum if stores is None else stores), strict=True))
    return net_central(y, p)


def fill_magnesium(serum: np.ndarray, p: Arrays, stores: np.ndarray) -> list[np.ndarray]:
    zero = np.zeros(1)
    out = p["k_leak"] + p["k_transit"]
    y = dict.fromkeys(POOLS, zero)
    y["ppi"] = level(p, "ppi")
    for drug in ("anti_egfr", "platinum", "calcineurin"):
        y[drug] = level(p, drug)
    most = p["uptake_max"] * (1 - p["ppi_strength"] * y["ppi"])
    b = out * p["uptake_half"] + most - p["food_in"]
    y["gut"] = (-b + np.sqrt(b * b + 4 * out * p["food_in"] * p["uptake_half"])) / (2 * out)
    y["central"], y["fast"] = serum * p["v_central"], serum * p["shift"] * p["v_fast"]
    y["exchangeable"] = serum * p["v_exchangeable"]
    y["slow"] = p["slow_usual"] * (1 + p["slow_half"]) * stores / (p["slow_half"] * p["serum_usual"] + stores)
    y["crystal"] = p["bone_hunger"] * p["crystal_usual"] * stores / p["serum_usual"] / p["bone_resorption"]
    y["cell"] = serum / p["serum_usual"]
    y |= {
        "response": zero + 1,
        "calcitriol": p["calcitriol_usual"],
        "calcium": p["calcium_usual"],
        "potassium": p["potassium_usual"] * p["v_potassium"],
        "cell_potassium": p["cell_potassium_usual"],
    }
    return [y[name] for name in POOLS]


def level(p: Arrays, drug: str) -> np.ndarray:
    on, off = p[f"{drug}_rate"] * p[f"{drug}_level"], p[f"{drug}_recovery"] * (1 - p[f"{drug}_level"])
    return on / (on + off)


def fill(serum: np.ndarray, p: Arrays, n: int, stores: np.ndarray) -> np.ndarray:
    """All pools (pools, n): magnesium at this serum, then hormones, calcium and potassium at rest with it."""
    y = dict(zip(POOLS, fill_magnesium(serum, p, stores), strict=True))
    y["response"] = y["response"] + net_response(y, p) / p["k_response"]

    def with_calcium(calcium: np.ndarray) -> Arrays:
        here = y | {"calcium": calcium}
        here["calcitriol"] = here["calcitriol"] + net_calcitriol(here, p) / p["k_calcitriol"]
        return here

    if not at_ease(net_calcium(with_calcium(y["calcium"]), p)):
        y = with_calcium(solve(lambda ca: net_calcium(with_calcium(ca), p), 0.2, 8.0, n))

    def with_potassium(potassium: np.ndarray) -> Arrays:
        here = y | {"potassium": potassium}
        here["cell_potassium"] = here["cell_potassium"] + net_cell_potassium(here, p) / p["k_potassium"]
        return here

    if not at_ease(net_potassium(with_potassium(y["potassium"]), p)):
        y = with_potassium(solve(lambda k: net_potassium(with_potassium(k), p), 0.01, 1000.0, n))
    return np.stack([np.broadcast_to(y[name], (n,)) for name in POOLS]).astype(float)


def at_ease(rate: np.ndarray) -> bool:
    """Whether a pool is already at rest for everybody: the healthy need no search."""
    return bool(np.abs(rate).max() < 1e-15)
