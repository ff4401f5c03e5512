"""The body at rest: every pool's steady state under a person's parameters, by bisection on one balance after another.

Fluxes come from the same text as the kernel (kernel.observe), so rest is rest of the very model that runs.
"""

from collections.abc import Callable

import numpy as np

from hypomag.body import causes as act
from hypomag.body.kernel import FLOWS, POOLS, observe
from hypomag.body.known import Mistake
from hypomag.body.people import People

Arrays = dict[str, np.ndarray]


def at_rest(people: People, active: list[act.Cause]) -> tuple[Arrays, np.ndarray]:
    """Parameters (serum_usual, tm_usual or food_in worked out) and pools (pools, n) at rest under `active` causes."""
    p = dict(people.parameters)
    usual = solve_usual(p, people.n)
    if people.serum is not None and not people.low_by_intake:
        p["tm_usual"] = solve(lambda tm: -balance(people.serum, p | {"tm_usual": tm, "serum_usual": people.serum}), 0.05, 3.0, people.n)
        if np.any(p["tm_usual"] < 0.051):
            raise Mistake("person.serum is too low for any kidney on this diet; write serum_by = \"intake\".")
        usual = people.serum
    p["serum_usual"] = usual
    stores = usual
    if people.serum is not None and people.low_by_intake:
        p["food_in"] = solve(lambda food: -balance(people.serum, p | {"food_in": food}, stores), 0.0, 5.0, people.n)
    now = act.apply(p, active, people.surface)
    serum = people.serum if people.serum is not None and not active else solve(lambda s: balance(s, now), 0.001, 30.0, people.n)
    if people.serum is None or not people.low_by_intake:
        stores = serum
    return p, fill(serum, now, people.n, stores)


def solve(slope_down: Callable[[np.ndarray], np.ndarray], low: float, high: float, n: int) -> np.ndarray:
    """Root of a falling function, for n people at once."""
    a, b = np.full(n, low), np.full(n, high)
    for _ in range(80):
        middle = (a + b) / 2
        above = np.broadcast_to(slope_down(middle), (n,)) > 0
        a, b = np.where(above, middle, a), np.where(above, b, middle)
    return (a + b) / 2


def solve_usual(p: Arrays, n: int) -> np.ndarray:
    """The serum (mmol/L) at which a person without causes rests; that serum is then the person's own usual."""
    return solve(lambda serum: balance(serum, p | {"serum_usual": serum}), 0.01, 5.0, n)


def balance(serum: np.ndarray, p: Arrays, stores: np.ndarray | None = None) -> np.ndarray:
    """Net flow (mmol/h) into the central pool with every other pool at rest at this serum (slow ones at `stores`)."""
    y = dict(zip(POOLS, fill_magnesium(serum, p, serum if stores is None else stores), strict=True))
    return net(observe(y, p), "central")


def net(flows: Arrays, pool: str) -> np.ndarray:
    return sum(flows[f] * (taking.count(pool) - giving.count(pool)) for f, (giving, taking) in FLOWS.items()
               if pool in giving + taking)  # type: ignore[return-value]


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
    y |= {"response": zero + 1, "calcitriol": p["calcitriol_usual"], "calcium": p["calcium_usual"],
          "potassium": p["potassium_usual"] * p["v_potassium"], "cell_potassium": p["cell_potassium_usual"]}
    return [y[name] for name in POOLS]


def level(p: Arrays, drug: str) -> np.ndarray:
    on, off = p[f"{drug}_rate"] * p[f"{drug}_level"], p[f"{drug}_recovery"] * (1 - p[f"{drug}_level"])
    return on / (on + off)


def fill(serum: np.ndarray, p: Arrays, n: int, stores: np.ndarray) -> np.ndarray:
    """All pools (pools, n): magnesium at this serum, then hormones, calcium and potassium at rest with it."""
    y = dict(zip(POOLS, fill_magnesium(serum, p, stores), strict=True))
    y["response"] = y["response"] + net(observe(y, p), "response") / p["k_response"]

    def with_calcium(calcium: np.ndarray) -> Arrays:
        here = y | {"calcium": calcium}
        here["calcitriol"] = here["calcitriol"] + net(observe(here, p), "calcitriol") / p["k_calcitriol"]
        return here

    y = with_calcium(solve(lambda ca: net(observe(with_calcium(ca), p), "calcium"), 0.2, 8.0, n))

    def with_potassium(potassium: np.ndarray) -> Arrays:
        here = y | {"potassium": potassium}
        here["cell_potassium"] = here["cell_potassium"] + net(observe(here, p), "cell_potassium") / p["k_potassium"]
        return here

    y = with_potassium(solve(lambda k: net(observe(with_potassium(k), p), "potassium"), 0.01, 1000.0, n))
    return np.stack([np.broadcast_to(y[name], (n,)) for name in POOLS]).astype(float)
