"""Random people far from typical, random causes and doses: what the laws must survive."""

import numpy as np

from hypomag.body.causes import Cause, read_causes
from hypomag.body.known import body, causes
from hypomag.body.people import People, virtual

DOSES = [
    "magnesium sulfate 4 g IV over 20 min then 1 g/h for 24 h",
    "magnesium sulfate 2 g IM every 8 h for 1 d",
    "magnesium oxide 400 mg by mouth twice a day for 5 d",
    "magnesium sulfate 6 g IV over 15 min",
    "20 mmol magnesium citrate by mouth",
    "16 mmol magnesium IV over 2 h every 24 h for 5 d",
    "30 mmol/d magnesium IV for 4 d",
    "magnesium chloride 5 g by mouth",
    "64 mmol magnesium IV over 24 h",
    "magnesium sulfate 1 g IV over 1 h every 6 h for 3 d",
]


def wild_people(n: int, seed: int) -> People:
    """Every varying or fitted parameter spread by a further 30 %, inside its range."""
    people, rng = virtual(n, seed), np.random.default_rng(seed)
    spread = {
        name: np.clip(people.parameters[name] * np.exp(rng.normal(0, 0.3, n)), row["low"], row["high"])
        for name, row in body()["parameters"].items()
        if row.get("cv") or "prior_sd" in row
    }
    return people.change(**spread)


def wild_causes(seed: int) -> list[Cause]:
    """Two causes that may act together, from some hour to some later hour."""
    rng = np.random.default_rng(seed)
    names = [n for n in causes() if n not in ("hemodialysis", "starvation", "pn_without_mg")]
    pick = rng.choice(names, 2, replace=False)
    return read_causes("+".join(pick), float(rng.integers(0, 48)), float(rng.integers(60, 300)))


def edges(acts: list[Cause], until: float) -> np.ndarray:
    """Daily outputs and every hour at which a cause starts or stops, so that ledgers can be closed exactly."""
    return np.unique(
        [*np.arange(0.0, until + 1, 24.0), *(t for c in acts for t in (c.start, c.stop) if 0 <= t <= until)]
    )
