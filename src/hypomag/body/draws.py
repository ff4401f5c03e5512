"""Draws: many bodies that could all be this patient, each with its own reason for the level that was measured.

The measured level is where the draws begin, so none is thrown away for not having it: every draw takes a level near
it, picks the organ step that fails by the chances given, and gets as much of that failure as holds the level there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from hypomag.body.kernel import POOLS, net_central
from hypomag.body.known import Mistake, forecasting
from hypomag.body.people import People, person, sized, virtual
from hypomag.body.rest import fill, fill_magnesium, solve, solve_usual

# What each failing step moves, between which ends, and the sign with which more of it raises the serum.
KNOBS: dict[str, tuple[tuple[str, ...], float, float, int]] = {
    "intake": (("food_in",), 0.0, 4.0, 1),
    "absorption": (("uptake_max", "k_leak"), 0.0, 4.0, 1),
    "gi_loss": (("stool_loss",), 0.0, 8.0, -1),
    "renal_loss": (("tm_usual",), 0.03, 3.0, 1),
    "other": (("drain_clearance",), 0.0, 8.0, -1),
    "redistribution": (("shift",), 0.2, 8.0, -1),
}
WAYS = tuple(KNOBS)
SHARES = ("absorption",)  # whose knob is a share of the healthy value, not the value itself
Arrays = dict[str, np.ndarray]


@dataclass
class Draws:
    """n bodies at one moment. `people.resting` holds their parameters; `well` those without the failing step."""

    people: People
    well: Arrays
    pools: np.ndarray  # (POOLS, n)
    usual: np.ndarray  # own healthy serum, mmol/L
    way: np.ndarray  # index into WAYS
    weight: np.ndarray  # sums to 1
    origin: np.ndarray  # which of the first draws each comes from: doses that differ by draw follow it
    setting: str = "ward"
    effective: float = np.nan  # effective sample size of the last weighing, before resampling
    tempered: float = 1.0  # power the likelihood had to be raised to, the smallest of all weighings

    @property
    def n(self) -> int:
        return self.people.n

    @property
    def parameters(self) -> Arrays:
        assert self.people.resting is not None
        return self.people.resting[0]

    def take(self, index: np.ndarray) -> "Draws":
        """The draws of an index, equally weighted."""
        picked = {k: pick(v, index) for k, v in self.parameters.items()}
        people = replace(
            self.people, n=len(index), parameters=picked, serum=None, surface=pick(self.people.surface, index)
        )
        people.resting = (picked, self.pools[:, index])
        well = {k: pick(v, index) for k, v in self.well.items()}
        weight = np.full(len(index), 1 / len(index))
        return replace(
            self,
            people=people,
            well=well,
            pools=self.pools[:, index],
            usual=self.usual[index],
            way=self.way[index],
            weight=weight,
            origin=self.origin[index],
        )

    def wander(self, since: float, until: float, noise: np.ndarray) -> np.ndarray:
        """Factor (n) by which serum and set point move from hour `since` to `until` of an untold time."""
        about = forecasting()["wander"][self.setting]
        most, share = about["most"], about["value"] ** 2 / about["most"] ** 2 / 24
        spread = most * np.sqrt(np.exp(-share * since) - np.exp(-share * until))
        return np.exp(spread * noise)

    def wandered(self, since: float, until: float, noise: np.ndarray) -> "Draws":
        """The same draws after some hours of which nothing is told: fluid has moved, and the threshold with it."""
        p, factor = self.parameters, self.wander(since, until, noise)
        return self.moved(tm_usual=p["tm_usual"] * factor, v_central=p["v_central"] / factor)

    def moved(self, **parameters: np.ndarray) -> "Draws":
        """The same draws with parameters replaced."""
        people = replace(self.people, resting=(self.parameters | parameters, self.pools))
        return replace(self, people=people)

    def at(self, pools: np.ndarray) -> "Draws":
        """The same draws with other pools."""
        return replace(self, pools=pools, people=replace(self.people, resting=(self.parameters, pools)))


def pick(values: np.ndarray, index: np.ndarray) -> np.ndarray:
    return values if np.size(values) == 1 else values[index]


def draw(
    known: Mapping[str, object],
    measured: float,
    ways: Mapping[str, float],
    n: int,
    seed: int = 1,
    setting: str = "ward",
    below: bool = False,
    unsure_kidney: bool = False,
) -> Draws:
    """n draws of a patient whose first level is `measured` (mmol/L).

    known: what `person` takes; weight and egfr may be absent and are then drawn from wide. ways: chance of each failing
    step of WAYS, need not sum to 1. below: the level was printed as '< measured'. setting: 'ward' or 'icu', how much a
    level scatters and a body wanders. Raises Mistake where no body can hold the level.
    """
    if not 0.05 <= measured <= 5:
        raise Mistake(
            f"a serum magnesium of {measured:g} mmol/L is outside 0.05 to 5; nothing can be forecast from it."
        )
    random, about = np.random.default_rng([seed, 7]), forecasting()
    people, p, usual = bodies(known, n, seed, random, unsure_kidney)
    scatter = about["scatter"][setting]["value"]
    off = -np.abs(about["first_level"]["below_limit"]["value"] * random.standard_normal(n)) if below else 0.0
    serum = measured * np.exp(off + scatter * random.standard_normal(n))
    chance = np.array([max(0.0, float(ways.get(w, 0.0))) for w in WAYS])
    if chance.sum() <= 0:
        raise Mistake("ways: no step has a chance; give at least one above zero.")
    way = random.choice(len(WAYS), n, p=chance / chance.sum())
    days = about["lasting"]
    hours = 24 * days["median"]["value"] * np.exp(days["width"]["value"] * random.standard_normal(n))
    now, pools, feasible = held(p, serum, usual, way, hours)
    weight = as_told(near(serum, usual, about["first_level"]) * feasible, way, chance)
    if weight.sum() <= 0:
        raise Mistake(f"no body of ours can hold a serum of {measured:g} mmol/L in this way.")
    made = replace(people, parameters=now, serum=None, resting=(now, pools))
    drawn = Draws(made, p, pools, usual, way, weight / weight.sum(), np.arange(n), setting)
    return replace(drawn, effective=float(1 / np.sum(drawn.weight**2)))


def as_told(weight: np.ndarray, way: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Weights that leave the chances of the steps as given: that a step of ours can hardly hold a level says more of the
    model than of the patient, and how low the level is was weighed when the chances were made."""
    totals = np.bincount(way, weight, len(WAYS))
    return weight * np.where(totals > 0, chance / np.where(totals > 0, totals, 1.0), 0.0)[way]


def bodies(
    known: Mapping[str, object], n: int, seed: int, random: np.random.Generator, unsure_kidney: bool = False
) -> tuple[People, Arrays, np.ndarray]:
    """(people, parameters, own serum) of n healthy bodies that could be this person, doubt of the model included."""
    about = forecasting()
    people = virtual(n, seed, likeness(dict(known), n, random))
    p = {k: np.broadcast_to(v, (n,)).astype(float) if np.size(v) > 1 else v for k, v in people.parameters.items()}
    spread = {name: row["value"] for name, row in about["doubt"].items()}
    if "egfr" not in known or unsure_kidney:
        spread["gfr"] = about["unknown"]["egfr_unsure" if "egfr" in known else "egfr"]["value"]
    for name, cv in spread.items():
        p[name] = p[name] * np.exp(np.sqrt(np.log1p(cv**2)) * random.standard_normal(n))
    usual = solve_usual(p, n)
    return people, p | {"serum_usual": usual}, usual


def likeness(known: dict, n: int, random: np.random.Generator) -> People:
    """The person the draws are like; a weight that nobody wrote down is drawn."""
    if "weight" in known:
        return person(**known)
    usual = person(**known)  # checks what is known
    cv = forecasting()["unknown"]["weight"]["value"]
    weight = 70.0 * np.exp(np.sqrt(np.log1p(cv**2)) * random.standard_normal(n))
    return replace(sized(np.clip(weight, 45.0, 200.0), known), n=usual.n)


def near(serum: np.ndarray, usual: np.ndarray, about: dict) -> np.ndarray:
    """How common a level so far from one's own is, Student t of the logarithm (not normed)."""
    freedom, z = about["freedom"]["value"], np.log(serum / usual) / about["width"]["value"]
    return (1 + z * z / freedom) ** (-(freedom + 1) / 2)


def held(
    p: Arrays, serum: np.ndarray, usual: np.ndarray, way: np.ndarray, hours: np.ndarray
) -> tuple[Arrays, np.ndarray, np.ndarray]:
    """(parameters with the failing step, pools (POOLS, n), 1 where the step can hold this serum at all)."""
    n = len(serum)
    now = {k: np.broadcast_to(v, (n,)).astype(float).copy() for k, v in p.items()}
    full = {k: np.broadcast_to(v, (n,)) for k, v in p.items()}
    stores = stored(full, serum, usual, hours, way == WAYS.index("redistribution"))
    feasible = np.zeros(n)
    for i, (_, (names, low, high, _)) in enumerate(KNOBS.items()):
        mine = np.flatnonzero(way == i)
        if not mine.size:
            continue
        part, s, u = {k: v[mine] for k, v in now.items()}, serum[mine], usual[mine]
        kept = {k: v[mine] for k, v in stores.items()}

        def net(
            x: np.ndarray, part: Arrays = part, s: np.ndarray = s, u: np.ndarray = u, kept: Arrays = kept, i: int = i
        ) -> np.ndarray:
            turned_ = turned(part, WAYS[i], x)
            y = dict(zip(POOLS, fill_magnesium(s, turned_, u), strict=True)) | kept
            return -KNOBS[WAYS[i]][3] * net_central(y, turned_)

        x = solve(net, low, high, mine.size)
        feasible[mine] = np.abs(net(x)) < 1e-6
        for name, value in turned(part, WAYS[i], x).items():
            if name in names:
                now[name][mine] = value
    pools = fill(serum, now, n, usual)
    for name, value in stores.items():
        pools[POOLS.index(name)] = value
    return now, pools, feasible


def turned(p: Arrays, way: str, x: np.ndarray) -> Arrays:
    """Parameters with the knob of a failing step at x."""
    return p | {name: p[name] * x if way in SHARES else x for name in KNOBS[way][0]}


def stored(p: Arrays, serum: np.ndarray, usual: np.ndarray, hours: np.ndarray, shifted: np.ndarray) -> Arrays:
    """Pools that follow the serum slowly, after `hours` at this level; a mere shift leaves them full."""
    late = np.where(shifted, 0.0, hours)

    def follows(rate: np.ndarray) -> np.ndarray:
        return serum + (usual - serum) * np.exp(-rate * late)

    within = follows(p["k_slow"])
    slow = p["slow_usual"] * (1 + p["slow_half"]) * within / (p["slow_half"] * usual + within)
    bone = p["bone_hunger"] * p["crystal_usual"] * follows(p["bone_turnover"]) / usual / p["bone_resorption"]
    fast = np.where(shifted, usual * p["v_fast"] + (usual - serum) * p["v_central"], serum * p["v_fast"])
    return {
        "exchangeable": p["v_exchangeable"] * follows(p["q_exchangeable"] / p["v_exchangeable"]),
        "fast": fast,
        "slow": slow,
        "crystal": bone,
    }


__all__ = ["KNOBS", "WAYS", "Draws", "draw"]
