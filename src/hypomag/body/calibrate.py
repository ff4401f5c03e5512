"""Calibration: the parameters that carry a prior, moved to the experiments that may be fitted, and nothing else.

Least squares on (simulated - observed) / width and on log(parameter / prior) / prior_sd. Gradients are finite
differences run as lanes: one simulation with a lane for each parameter. With --write the values go into
knowledge/body/body.toml and the identifiability of each parameter into docs/trust/body-calibration.md.
"""

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from hypomag.body import known
from hypomag.body.kernel import POOLS
from hypomag.body.people import People, typical
from hypomag.body.rest import at_rest
from hypomag.body.validate import FITTED, Experiment, cases

NOT_SMOOTH = {"share", "weeks_to_plateau", "days_to", "years_to"}
STEP = 1e-3  # of the logarithm


def priors() -> dict[str, dict]:
    """Parameters that may move, with their rows; `prior` is the value before any fit."""
    return {k: row for k, row in known.body()["parameters"].items() if "prior_sd" in row}


def spread_over(names: list[str], logs: np.ndarray) -> Callable[[People], People]:
    """Turns one person into a lane for each row of logs (lanes, parameters): log(value / value in body.toml)."""

    def spread(people: People) -> People:
        n = len(logs)
        changed = people.parameters | {k: people.parameters[k] * np.exp(logs[:, i]) for i, k in enumerate(names)}
        serum = None if people.serum is None else np.broadcast_to(people.serum, (n,)).copy()
        return replace(people, n=n, parameters=changed, serum=serum, resting=None)

    return spread


def width(row: dict) -> float:
    """What one unit of misfit is: the standard error of the published mean beside the difference between studies."""
    value = abs(row["value"])
    between = 0.05 if row["measure"] in ("serum", "calcium", "potassium", "lowest") else 0.15
    if "sd" not in row:
        return value * (0.35 if row.get("form") in ("difference", "percent", "per_day") else 0.1)
    error = row["sd"] if row.get("sd_is_standard_error") else row["sd"] / np.sqrt(row.get("n", 10))
    return float(np.hypot(error, between * value))


def residuals(names: list[str], logs: np.ndarray) -> tuple[np.ndarray, list[dict]]:
    """(lanes, values): misfit of every fitted value for each lane, and the rows."""
    columns, rows = [], []
    for name, case in cases():
        if case["split"] in FITTED:
            trial = Experiment(name, case, spread_over(names, logs), NOT_SMOOTH)
            for row in trial.outputs:
                miss = (trial.value(row, trial.runs) - row["value"]) / width(row)
                if "bound" in row:  # a bound pulls only when it is broken
                    miss = np.maximum(miss, 0) if row["bound"] == "upper" else np.minimum(miss, 0)
                columns.append(miss)
                rows.append(row | {"case": name})
    return np.stack(columns, axis=1), rows


def fit() -> tuple[dict[str, float], np.ndarray, list[dict]]:
    """Best values by name, the Jacobian at the best in logs, and the fitted rows."""
    from scipy.optimize import least_squares

    rows = priors()
    names = list(rows)
    start = np.log([rows[k]["value"] for k in names])
    centre = np.log([rows[k].get("prior", rows[k]["value"]) for k in names])
    sds = np.array([rows[k]["prior_sd"] for k in names])
    low, high = (np.log([rows[k][side] for k in names]) for side in ("low", "high"))

    def misfit(x: np.ndarray) -> np.ndarray:
        return np.concatenate([residuals(names, (x - start)[None])[0][0], (x - centre) / sds])

    def slopes(x: np.ndarray) -> np.ndarray:
        lanes = (x - start) + STEP * np.concatenate([np.eye(len(x)), -np.eye(len(x))])
        values = residuals(names, lanes)[0]
        return np.concatenate([(values[: len(x)] - values[len(x) :]).T / (2 * STEP), np.diag(1 / sds)])

    best = least_squares(
        misfit,
        np.clip(centre, low + 1e-9, high - 1e-9),
        slopes,
        (low, high),
        loss="soft_l1",
        xtol=1e-4,
        ftol=1e-4,
        max_nfev=25,
    )
    return (
        dict(zip(names, np.exp(best.x).tolist(), strict=True)),
        slopes(best.x),
        residuals(names, (best.x - start)[None])[1],
    )


def identifiability(jacobian: np.ndarray, names: list[str]) -> list[tuple[str, float, float]]:
    """(parameter, SD of its logarithm after the fit, share of the prior's variance that the data removed)."""
    rows = priors()
    variance = np.diag(np.linalg.inv(jacobian.T @ jacobian))
    return [
        (k, float(np.sqrt(v)), float(1 - v / rows[k]["prior_sd"] ** 2)) for k, v in zip(names, variance, strict=True)
    ]


def report(best: dict[str, float], jacobian: np.ndarray) -> str:
    rows = priors()
    lines = [
        "# Calibration of the body",
        "",
        "Written by `make calibrate`. `learned` is the share of the prior's variance that the fitted experiments",
        "removed: near 0, the number is the prior and no more.",
        "",
        "| parameter | prior | SD of its logarithm | fitted | SD of its logarithm | learned |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, sd, learned in identifiability(jacobian, list(best)):
        row = rows[name]
        lines.append(
            f"| {name} | {row.get('prior', row['value']):.4g} | {row['prior_sd']:g} | {best[name]:.4g} | {sd:.2g} "
            f"| {learned:.0%} |"
        )
    return "\n".join(lines) + "\n"


def write_values(path: Path, best: dict[str, float]) -> None:
    """Put the values into body.toml; the first fit also keeps each prior beside its value."""
    text = path.read_text()
    for name, value in best.items():

        def moved(line: re.Match, value: float = value) -> str:
            old = re.search(r"value = ([-\d.e]+)", line[0])[1]  # type: ignore[index]
            prior = "" if "prior = " in line[0] else f" prior = {old},"
            return re.sub(r"value = [-\d.e]+,", f"value = {value:.4g},{prior}", line[0])

        text = re.sub(rf"(?m)^{name}\s+= .*$", moved, text)
    path.write_text(text)


def write_rest(path: Path) -> None:
    """Put the typical adult's rest under the values of `path` there too: the usual serum, and [start] for SBML readers."""
    known.body.cache_clear()
    parameters, pools = at_rest(People(1, typical()), [])
    values, starts = path.read_text().split("[start]")
    usual = float(parameters["serum_usual"][0])
    values = re.sub(r"(?m)^(serum_usual\s+= \{ value = )[\d.e-]+", rf"\g<1>{usual:.5g}", values)
    for name, amount in zip(POOLS, pools[:, 0], strict=True):
        starts = re.sub(rf"(?m)^{name} = [\d.e-]+$", f"{name} = {float(f'{amount:.5g}')}", starts)
    path.write_text(values + "[start]" + starts)


def main() -> None:
    best, jacobian, _ = fit()
    print(report(best, jacobian))
    if "--write" in sys.argv:
        numbers = Path(str(known.FOLDER / "body.toml"))
        write_values(numbers, best)
        write_rest(numbers)
        Path("docs/trust/body-calibration.md").write_text(report(best, jacobian))


if __name__ == "__main__":
    main()
