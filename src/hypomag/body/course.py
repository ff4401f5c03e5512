"""A course: what happened in the bodies, by name: pools, concentrations, hormones and flows of the model's text."""

from dataclasses import dataclass

import numpy as np

from hypomag.body.kernel import POOLS, observe, serum_of
from hypomag.body.known import Mistake, body
from hypomag.body.people import People

SERUM_UNITS = {"mmol/L": 1.0, "mg/dL": 2.4305, "mEq/L": 2.0}
LEDGERS = ("urine", "faeces", "elsewhere")
MAGNESIUM = ("stomach", "tablet", "gut", "depot", "central", "fast", "exchangeable", "slow", "crystal")
BODY = ("central", "fast", "exchangeable", "slow", "crystal", "depot")
EXCHANGEABLE = ("central", "fast", "exchangeable")


@dataclass
class Stretch:
    """Which output times ran under which parameters."""

    mine: np.ndarray
    parameters: dict[str, np.ndarray]


@dataclass
class Course:
    """`hours` (T); `course["serum"]` (T, n) in mmol/L; `end` (pools, n) starts the next run."""

    hours: np.ndarray
    pools: list[str]
    kept: np.ndarray
    stretches: list[Stretch]
    end: np.ndarray
    error: np.ndarray
    people: People
    given: dict[str, np.ndarray]  # pool a dose went to -> mmol, (n) or (1)

    def __getitem__(self, name: str) -> np.ndarray:
        """A pool (mmol), concentration, hormone or flow (mmol/h) of body.ant, or one of DERIVED: array (T, n)."""
        if name in self.pools:
            return self.kept[:, self.pools.index(name)]
        if name in DERIVED:
            return DERIVED[name](self)
        if set(self.pools) != set(POOLS):
            return self.from_kept(name)
        return self.observed(name, {p: self.kept[:, i] for i, p in enumerate(self.pools)})

    def from_kept(self, name: str) -> np.ndarray:
        """With few pools kept, only what stands on them alone can be told."""
        y = {p: np.full_like(self.kept[:, 0], np.nan) for p in POOLS}
        values = self.observed(name, y | {p: self.kept[:, i] for i, p in enumerate(self.pools)})
        if np.isnan(values).any():
            raise Mistake(f"course['{name}'] needs pools that were not kept; run simulate without `keep`.")
        return values

    def observed(self, name: str, y: dict[str, np.ndarray]) -> np.ndarray:
        values = np.full(self.kept[:, 0].shape, np.nan)
        for part in self.stretches:
            seen = observe({k: v[part.mine] for k, v in y.items()}, part.parameters)
            if name not in seen:
                raise Mistake(f"course has no '{name}'; it has {', '.join([*POOLS, *DERIVED, *seen])}.")
            values[part.mine] = seen[name]
        return values

    def at(self, name: str, hour: float) -> np.ndarray:
        """The value (n) at an hour, linear between outputs."""
        values = self[name]
        i = int(np.clip(np.searchsorted(self.hours, hour), 1, len(self.hours) - 1))
        a, b = self.hours[i - 1], self.hours[i]
        w = np.clip((hour - a) / (b - a), 0, 1)
        return values[i - 1] * (1 - w) + values[i] * w

    def quantiles(self, name: str, q: tuple[float, ...] = (0.05, 0.25, 0.5, 0.75, 0.95)) -> np.ndarray:
        """Quantiles over people, (len(q), T)."""
        ordered = np.sort(self[name], axis=1)
        place = np.array(q) * (ordered.shape[1] - 1)
        low = np.floor(place).astype(int)
        high = np.minimum(low + 1, ordered.shape[1] - 1)
        return (ordered[:, low] * (1 - (place - low)) + ordered[:, high] * (place - low)).T

    def serum_in(self, unit: str) -> np.ndarray:
        """Serum (T, n) in mmol/L, mg/dL or mEq/L."""
        if unit not in SERUM_UNITS:
            raise Mistake(f"unit '{unit}' is not one of {', '.join(SERUM_UNITS)}.")
        return self["serum"] * SERUM_UNITS[unit]

    def balance_error(self) -> np.ndarray:
        """Relative gap (n) between what came in and what is in the body or has left it, from first to last output."""
        total = share_of(self, (*MAGNESIUM, *LEDGERS))
        eaten = sum(np.broadcast_to(s.parameters["food_in"], (self.people.n,)) * span for s, span in self.spans())
        return np.abs(total[-1] - total[0] - eaten - sum(self.given.values())) / total[-1]

    def spans(self) -> list[tuple[Stretch, float]]:
        """Each stretch with the hours it lasted within the outputs (whole when outputs stand on its edges)."""
        edges = [self.hours[s.mine][0] for s in self.stretches if s.mine.any()] + [self.hours[-1]]
        return list(zip([s for s in self.stretches if s.mine.any()], np.diff(edges), strict=True))


def share_of(c: Course, pools: tuple[str, ...]) -> np.ndarray:
    return sum(c[p] for p in pools)  # type: ignore[return-value]


def serum(c: Course) -> np.ndarray:
    """mmol/L; needs the central pool alone, which is all that the fans of many people keep."""
    values = np.empty(c["central"].shape)
    for s in c.stretches:
        values[s.mine] = serum_of({"central": c["central"][s.mine]}, s.parameters)
    return values


def urine_rate(c: Course) -> np.ndarray:
    return c["excrete"] * 24


def fe_magnesium(c: Course) -> np.ndarray:
    """Percent of the filtered load, with the share of the FEMg formula (0.70)."""
    gfr = np.empty_like(c["serum"])
    for s in c.stretches:
        gfr[s.mine] = s.parameters["gfr"]
    return 100 * c["excrete"] / (gfr * 0.70 * c["serum"])


DERIVED = {
    "serum": serum,
    "urine_rate": urine_rate,
    "fe_magnesium": fe_magnesium,
    "faecal_rate": lambda c: (c["transit"] + c["undissolved"] + c["secrete"]) * 24,
    "body": lambda c: share_of(c, BODY),
    "exchangeable_body": lambda c: share_of(c, EXCHANGEABLE),
    "bone": lambda c: c["crystal"] + body()["person"]["bone_share"]["value"] * c["exchangeable"],
    "red_cell_magnesium": lambda c: c["cell"] * body()["measurement"]["red_cell_usual"]["value"],
}
