"""A virtual ward: who is admitted with which level, kidney and failing step, drawn from a file.

name = "Medical ward"
setting = "ward"                    # or "icu": how much a level scatters
days = 14
female = 0.5
weight = { mean = 75, cv = 0.20 }   # kg
age = { mean = 65, sd = 15 }
level = { low = 0.40, high = 0.70, unit = "mmol/L" }   # printed level at admission, evenly spread
range = { low = 0.70, high = 1.0, unit = "mmol/L" }
kidney = [{ share = 0.7, egfr = [60, 110] }, { share = 0.3, egfr = [15, 60] }]
steps = { intake = 0.3, absorption = 0.2, gi_loss = 0.1, renal_loss = 0.3, redistribution = 0.1 }
cause_stops = { share = 0.3, after = "2 d" }
orders = { missed = 0.05, late = 0.10 }
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from hypomag.body.ahead import stopped
from hypomag.body.amounts import hours
from hypomag.body.causes import Cause, filtering
from hypomag.body.course import SERUM_UNITS
from hypomag.body.draws import WAYS, Draws, held
from hypomag.body.known import Mistake, body, forecasting, read_toml
from hypomag.body.people import People, sized, virtual
from hypomag.body.protocol import number
from hypomag.body.rest import solve_usual

KEYS = {
    *(
        "name",
        "setting",
        "days",
        "female",
        "weight",
        "age",
        "level",
        "range",
        "kidney",
        "steps",
        "cause_stops",
        "orders",
    ),
    *("source", "standing", "assumed"),
}
SPARE = 1.5  # more are drawn than wanted, since some failing steps cannot hold some levels


@dataclass(frozen=True)
class Ward:
    name: str
    setting: str
    days: float
    female: float
    weight: tuple[float, float]
    age: tuple[float, float]
    level: tuple[float, float]
    range: tuple[float, float]
    kidney: tuple[tuple[float, float, float], ...]  # share, eGFR from, to
    steps: dict[str, float]
    stops: tuple[float, float]  # share, hours
    missed: float
    late: float
    assumed: tuple[str, ...]

    @property
    def classes(self) -> list[str]:
        return [f"eGFR {low:g} to {high:g}" for _, low, high in self.kidney]


@dataclass
class Admitted:
    """The people of a ward at hour 0."""

    draws: Draws
    printed: np.ndarray  # level at admission as the laboratory printed it, mmol/L
    egfr: np.ndarray
    weight: np.ndarray
    kidney: np.ndarray  # index into Ward.kidney
    acts: list[Cause]  # causes that stop


def read_ward(path: Path) -> Ward:
    """The ward of a TOML file. Raises Mistake with the path of what cannot be read."""
    return ward(read_toml(path), path.name)


def ward(given: dict, where: str = "ward") -> Ward:
    if unknown := set(given) - KEYS:
        raise Mistake(f"{where}.{sorted(unknown)[0]} is not known; a ward has {', '.join(sorted(KEYS))}.")
    usual, band = body()["person"], body()["person"]["reference_band"]
    setting = given.get("setting", "ward")
    if setting not in ("ward", "icu"):
        raise Mistake(f"{where}.setting is '{setting}'; it is ward or icu.")
    if "level" not in given:
        raise Mistake(f"{where}.level is missing; write level = {{ low = 0.4, high = 0.7 }} (mmol/L).")
    kidney = given.get("kidney", [{"share": 1.0, "egfr": [60, 110]}])
    steps = given.get("steps", dict.fromkeys(WAYS, 1.0))
    if unknown := set(steps) - set(WAYS):
        raise Mistake(f"{where}.steps.{sorted(unknown)[0]} is not a step; the steps are {', '.join(WAYS)}.")

    def of(part: str, key: str, default: float, low: float, high: float) -> float:
        return number(given.get(part, {}).get(key, default), low, high, f"{where}.{part}.{key}")

    return Ward(
        name=str(given.get("name", where)),
        setting=setting,
        days=number(given.get("days", 14), 1, 365, f"{where}.days"),
        female=number(given.get("female", 0.5), 0, 1, f"{where}.female"),
        weight=(of("weight", "mean", usual["weight"], 45, 200), of("weight", "cv", 0.0, 0, 1)),
        age=(of("age", "mean", 60, 18, 110), of("age", "sd", 0.0, 0, 40)),
        level=ends(given["level"], f"{where}.level"),
        range=ends(given.get("range", band), f"{where}.range"),
        kidney=tuple(kidney_row(row, f"{where}.kidney[{i}]") for i, row in enumerate(kidney)),
        steps={k: number(v, 0, 1e9, f"{where}.steps.{k}") for k, v in steps.items()},
        stops=(
            of("cause_stops", "share", 0.0, 0, 1),
            hours(given.get("cause_stops", {}).get("after", 0.0), f"{where}.cause_stops.after"),
        ),
        missed=of("orders", "missed", 0.0, 0, 1),
        late=of("orders", "late", 0.0, 0, 1),
        assumed=tuple(given.get("assumed", [])),
    )


def ends(given: dict, where: str) -> tuple[float, float]:
    """low and high in mmol/L."""
    unit = given.get("unit", "mmol/L")
    if unit not in SERUM_UNITS:
        raise Mistake(f"{where}.unit is '{unit}'; it is one of {', '.join(SERUM_UNITS)}.")
    low, high = (number(given.get(end), 0.05, 20, f"{where}.{end}") / SERUM_UNITS[unit] for end in ("low", "high"))
    if high <= low:
        raise Mistake(f"{where}: high is not above low.")
    return low, high


def kidney_row(row: dict, where: str) -> tuple[float, float, float]:
    if not isinstance(row.get("egfr"), list) or len(row["egfr"]) != 2:
        raise Mistake(f"{where}.egfr is missing; write share and egfr = [low, high].")
    low, high = (number(x, 1, 250, f"{where}.egfr") for x in row["egfr"])
    return number(row.get("share", 1.0), 0, 1e9, f"{where}.share"), low, high


def admitted(ward: Ward, n: int, seed: tuple[int, ...]) -> Admitted:
    """n people of the ward. The same seed gives the same people, whatever else is done with them."""
    random = np.random.default_rng([*seed, 23])
    many = int(n * SPARE) + 50
    mean, cv = ward.weight
    weight = np.clip(mean * np.exp(np.sqrt(np.log1p(cv**2)) * random.standard_normal(many)), 45.0, 250.0)
    age = np.clip(ward.age[0] + ward.age[1] * random.standard_normal(many), 18.0, 105.0)
    people = grown(weight, age, random.random(many) < ward.female, int(random.integers(2**31)))
    share = np.array([row[0] for row in ward.kidney])
    kidney = random.choice(len(share), many, p=share / share.sum())
    low, high = (np.array([row[i] for row in ward.kidney])[kidney] for i in (1, 2))
    egfr = low + (high - low) * random.random(many)
    p = people.parameters | filtering(egfr, people.parameters, people.surface)
    usual = solve_usual(p, many)
    p["serum_usual"] = usual
    printed = ward.level[0] + (ward.level[1] - ward.level[0]) * random.random(many)
    serum = printed * np.exp(forecasting()["scatter"][ward.setting]["value"] * random.standard_normal(many))
    chance = np.array([ward.steps.get(w, 0.0) for w in WAYS])
    way = random.choice(len(WAYS), many, p=chance / chance.sum())
    lasting = forecasting()["lasting"]
    lasted = 24 * lasting["median"]["value"] * np.exp(lasting["width"]["value"] * random.standard_normal(many))
    now, pools, feasible = held(p, serum, usual, way, lasted)
    ok = np.flatnonzero(feasible)[:n]
    if len(ok) < n:
        raise Mistake(
            "ward: too few of its people can hold their level by their failing step; look at steps and level."
        )
    made = replace(people, parameters=now, serum=None, resting=(now, pools))
    whole = Draws(made, p, pools, usual, way, np.full(many, 1 / many), np.arange(many), ward.setting)
    draws = replace(whole.take(ok), origin=np.arange(n))
    return Admitted(draws, printed[ok], egfr[ok], weight[ok], kidney[ok], stopping(ward, draws, random))


def grown(weight: np.ndarray, age: np.ndarray, female: np.ndarray, seed: int) -> People:
    """People of these weights, ages and sexes, who differ besides as body.toml says."""
    usual = body()["person"]
    base = sized(weight, {"height": usual["height"]})
    lean = np.where(female, usual["lean"]["female"], usual["lean"]["male"])
    ageing = usual["age_exchangeable"]
    shrunk = np.clip(1 - ageing["value"] * (age - usual["age"]), ageing["low"], ageing["high"])
    p = base.parameters
    moved = {
        "v_fast": p["v_fast"] * lean,
        "slow_usual": p["slow_usual"] * lean,
        "v_exchangeable": p["v_exchangeable"] * shrunk,
    }
    return virtual(len(weight), seed, replace(base, parameters=p | moved))


def stopping(ward: Ward, draws: Draws, random: np.random.Generator) -> list[Cause]:
    """The causes that are found and stopped in a share of the people."""
    share, after = ward.stops
    if share <= 0:
        return []
    stops = random.random(draws.n) < share
    return [
        Cause(c.name, tuple((k, how, np.where(stops, v, 0.0)) for k, how, v in c.effects), c.start)
        for c in stopped(draws, after, 0.0)
    ]
