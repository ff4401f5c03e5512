"""libroadrunner as judge: another solver (CVODE) reading the SBML by itself, never our generated code."""

from functools import cache
from importlib.resources import files
from itertools import pairwise

import numpy as np

from hypomag.body import simulate as engine
from hypomag.body.doses import event_rows
from hypomag.body.kernel import POOLS


@cache
def loaded():
    """The model, read from the SBML once a process."""
    import roadrunner

    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_ERROR)
    return roadrunner.RoadRunner(str(files("hypomag") / "body" / "body.xml"))


def judged(
    parameters: dict[str, float], start: np.ndarray, rows: list[dict], at: np.ndarray, rtol: float = 1e-9
) -> dict[str, np.ndarray]:
    """Pools at hours `at` for one person, doses applied as segment edges from outside."""
    model = loaded()
    model.reset()
    model.integrator.relative_tolerance = rtol
    model.integrator.absolute_tolerance = 1e-12
    model.integrator.maximum_num_steps = 1_000_000
    for name, value in parameters.items():
        model[name] = float(value)
    for pool, value in zip(POOLS, start, strict=True):
        model[f"[{pool}]"] = float(value)
    boluses, infusions = engine.expanded(event_rows(rows), 0.0, float(at[-1]))
    edges = np.unique([0.0, *(t for t, _ in boluses), *(t for x in infusions for t in x[:2]), *at])
    out = {0.0: state(model)} if at[0] == 0 else {}
    for a, b in pairwise(edges):
        for t, row in boluses:
            if abs(t - a) < 1e-9:
                model[f"[{row['cmt']}]"] = model[f"[{row['cmt']}]"] + float(row["amt"])
        model["infusion_in"] = sum(
            row["amt"] / engine.length(row) for x, y, row in infusions if x <= a + 1e-9 and y >= b - 1e-9
        )
        model.simulate(a, b, 2)
        out[b] = state(model)
    return {pool: np.array([out[t][i] for t in at]) for i, pool in enumerate(POOLS)}


def state(model: object) -> list[float]:
    names = model.model.getFloatingSpeciesIds()  # type: ignore[attr-defined]
    amounts = dict(zip(names, model.model.getFloatingSpeciesAmounts(), strict=True))  # type: ignore[attr-defined]
    return [float(amounts[pool]) for pool in POOLS]
