"""People: one row of parameters each. `person` makes one from what is known, `virtual` draws many who differ."""

from dataclasses import dataclass, field, replace

import numpy as np

from hypomag.body.known import Mistake, body

ALLOWED = {
    "weight": (0.5, 400),
    "height": (30, 250),
    "age": (0, 120),
    "sex": None,
    "egfr": (0, 250),
    "albumin": (5, 70),
    "pregnant": None,
    "serum": (0.05, 3.0),
    "serum_by": None,
    "calcium": (1.0, 4.0),
    "pth": (1.0, 2000.0),
    "potassium": (1.5, 8.0),
    "urine_flow": (0.0, 20.0),
    "diet": (0.0, 2.0),
}


@dataclass
class People:
    """n people. `parameters`: name of body.ant -> array (n) or (1). `serum`: the starting serum (mmol/L) or None.

    `low_by_intake` says that a serum off the usual comes from what is eaten, not from the kidney; `surface` is body
    surface / 1.73 m2; `measured` holds what is needed beside the model (urine_flow, L/d).
    """

    n: int
    parameters: dict[str, np.ndarray]
    serum: np.ndarray | None = None
    low_by_intake: bool = False
    surface: np.ndarray = field(default_factory=lambda: np.ones(1))
    urine_flow: float = 1.5
    resting: tuple[dict[str, np.ndarray], np.ndarray] | None = None  # kept by rest.settled

    def change(self, **parameters: np.ndarray | float) -> "People":
        """The same people with parameters replaced, each an array (n) or one number for all."""
        new = {k: np.atleast_1d(np.asarray(v, float)) for k, v in parameters.items()}
        if unknown := set(new) - set(self.parameters):
            raise Mistake(f"people: {', '.join(sorted(unknown))} is not a parameter of the body.")
        wrong = [k for k, v in new.items() if v.shape not in ((1,), (self.n,))]
        if wrong:
            raise Mistake(f"people.{wrong[0]} has {new[wrong[0]].size} values for {self.n} people.")
        return replace(self, parameters=self.parameters | new, resting=None)


def typical() -> dict[str, np.ndarray]:
    """Values of body.toml for the typical adult, as arrays (1)."""
    return {name: np.full(1, float(row["value"])) for name, row in body()["parameters"].items()}


def person(**known: object) -> People:
    """One person from weight (kg), height (cm), age (y), sex, egfr (mL/min/1.73 m2), albumin (g/L), pregnant,
    serum (mmol/L) and serum_by ('kidney' or 'intake'), calcium, potassium (mmol/L), pth (ng/L), diet (mmol/h),
    urine_flow (L/d). Raises Mistake for what is unknown or impossible.
    """
    for name, value in known.items():
        check(name, value)
    usual = body()["person"]
    if "serum" in known and float(known["serum"]) < usual["healthy_serum"]["low"] and "serum_by" not in known:  # type: ignore[arg-type]
        raise Mistake(
            f'person.serum is {known["serum"]} mmol/L, which is low; say why: serum_by = "intake" or "kidney".'
        )
    weight = float(known.get("weight", usual["weight"]))  # type: ignore[arg-type]
    return sized(np.array([weight]), known)


def check(name: str, value: object) -> None:
    if name not in ALLOWED:
        raise Mistake(f"person.{name} is not known; a person has {', '.join(ALLOWED)}.")
    choices = {"sex": ("female", "male"), "serum_by": ("kidney", "intake"), "pregnant": (True, False)}
    if name in choices:
        if value not in choices[name]:
            raise Mistake(f"person.{name} is '{value}'; it is {' or '.join(map(str, choices[name]))}.")
        return
    low, high = ALLOWED[name]  # type: ignore[misc]
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise Mistake(f"person.{name} is '{value}'; it is a number from {low:g} to {high:g}.")


def sized(weight: np.ndarray, known: dict) -> People:
    """Parameters scaled to weight (n), surface, sex, age, kidney and albumin."""
    usual, n = body()["person"], len(weight)
    height = float(known.get("height", usual["height"]))
    if "height" not in known and weight.max() < 45:
        raise Mistake("person.height is missing; a small person needs it (cm).")
    surface = np.sqrt(weight * height / 3600) / 1.73
    parameters = typical()
    for name, row in body()["parameters"].items():
        if power := row.get("weight_power"):
            parameters[name] = parameters[name] * (weight / 70) ** power
    age = float(known.get("age", usual["age"]))
    lean = usual["lean"].get(known.get("sex"), 1.0)
    for name in ("v_fast", "slow_usual"):
        parameters[name] = parameters[name] * lean
    ageing = usual["age_exchangeable"]
    parameters["v_exchangeable"] = parameters["v_exchangeable"] * float(
        np.clip(1 - ageing["value"] * (age - usual["age"]), ageing["low"], ageing["high"])
    )
    egfr = float(known.get("egfr", usual["egfr"] - usual["age_gfr"]["value"] * max(0.0, age - usual["age"])))
    if known.get("pregnant") and "egfr" not in known:
        egfr *= usual["pregnancy_gfr"]["value"]
    parameters["gfr"] = np.maximum(egfr, 0.5) * 0.06 * surface
    albumin = float(known.get("albumin", usual["albumin"]))
    bound = (1 - parameters["free_share"]) * (1 + usual["albumin_share"]["value"] * (albumin / usual["albumin"] - 1))
    parameters["free_share"] = 1 - bound
    parameters["food_in"] = (
        np.array([float(known["diet"])]) if "diet" in known else parameters["food_in"] * appetite(egfr)
    )
    for name, parameter in (("calcium", "calcium_usual"), ("pth", "pth_usual"), ("potassium", "potassium_usual")):
        if name in known:
            parameters[parameter] = np.array([float(known[name])])
    serum = np.full(n, float(known["serum"])) if "serum" in known else None
    return People(
        n,
        parameters,
        serum,
        known.get("serum_by") == "intake",
        surface,
        float(known.get("urine_flow", usual["urine_flow"])),
    )


def appetite(egfr: float | np.ndarray) -> np.ndarray:
    """Share of the usual food that is eaten with this eGFR (mL/min/1.73 m2): a failing kidney takes appetite."""
    about = body()["person"]["appetite"]
    return np.minimum(1.0, np.maximum(egfr, 0.5) / about["below"]) ** about["value"]


def virtual(n: int, seed: int = 1, like: People | None = None) -> People:
    """n people who differ as body.toml says (log-normal, correlated, clipped to low..high), around `like`."""
    like = like or person()
    rows = body()["parameters"]
    names = [k for k, row in rows.items() if row.get("cv")]
    z = np.random.default_rng(seed).standard_normal((n, len(names))) @ np.linalg.cholesky(correlation(names)).T
    parameters = dict(like.parameters)
    for k, name in enumerate(names):
        sd = np.sqrt(np.log1p(rows[name]["cv"] ** 2))
        centre = like.parameters[name]
        low, high = rows[name]["low"] / rows[name]["value"], rows[name]["high"] / rows[name]["value"]
        parameters[name] = centre * np.clip(np.exp(sd * z[:, k]), low, high)
    serum = None if like.serum is None else np.broadcast_to(like.serum, (n,)).copy()
    return replace(like, n=n, parameters=parameters, serum=serum, resting=None)


def correlation(names: list[str]) -> np.ndarray:
    matrix = np.eye(len(names))
    for pair in body()["correlations"]:
        i, j = (names.index(x) for x in pair["of"])
        matrix[i, j] = matrix[j, i] = pair["value"]
    return matrix
