"""The model of why, said a second time in plain probabilities: no logarithms, no noisy-OR formula, no SQL.

Each cause is there or not; where it is there it is at work at a step or not; a step fails when any of its causes or its
unnamed reason is at work; magnesium is low where a step fails, or else by other. Findings multiply what they make
likelier. Everything follows by summing over worlds.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from tools.why_run import Person

from hypomag import knowledge

ONE = 10_000
STEPS = ("intake", "absorption", "gi_loss", "renal_loss", "redistribution")
World = tuple[int, ...]


@cache
def table(name: str) -> list[dict[str, Any]]:
    return knowledge.load().tables[name].dicts()


@cache
def likelihood() -> dict[tuple[str, str], dict[str, float]]:
    found: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for row in table("finding_patterns"):
        found[row["finding"], row["pattern"]][row["value"]] = row["likelihood"] / ONE
    return found


@cache
def patterns() -> dict[str, list[tuple[str, str, str]]]:
    found = defaultdict(list)
    for row in table("cause_patterns"):
        found[row["cause"]].append((row["finding"], row["pattern"], row["shows"]))
    return found


@cache
def layer() -> dict[str, str]:
    return {row["finding"]: row["layer"] for row in table("findings")}


def ratio(cause: str, findings: Mapping[str, str], shows: str) -> float:
    """How much likelier the findings are where the cause is there (or at work) than among low patients at large."""
    product_of = 1.0
    for finding, pattern, kind in patterns()[cause]:
        value = findings.get(finding)
        if kind == shows and layer()[finding] == "cause" and value in likelihood()[finding, "background"]:
            product_of *= likelihood()[finding, pattern][value] / likelihood()[finding, "background"][value]
    return product_of


def weight_of(told: Any, cause: str, weight: int) -> float:
    """The weight of a drug at its dose where it has one of its own."""
    for row in table("drug_weights"):
        inside = (row["dose_from"] is None or (told.dose is not None and told.dose >= row["dose_from"])) and (
            row["dose_below"] is None or (told.dose is not None and told.dose < row["dose_below"])
        )
        if row["drug"] == told.named and row["cause"] == cause and inside:
            return row["weight"] / ONE
    return weight / ONE


def before_low(weight: float) -> float:
    """The rate at which a cause lowers magnesium, from the share of low patients with it who owe it to the cause."""
    base = table("why_scale")[0]["base"] / ONE
    without = (1 - weight) / weight * (1 - base) / base
    return min(0.98, 1 / without)


def rates() -> dict[tuple[str, str], float]:
    """(cause, step) -> rate, the steps of a cause together as one, divided in proportion to their hazards."""
    found = {}
    for row in table("cause_weights"):
        all_steps = [r["weight"] / ONE for r in table("cause_weights") if r["cause"] == row["cause"]]
        whole = before_low(1 - math.prod(1 - w for w in all_steps))
        part = math.log(1 - row["weight"] / ONE) / sum(math.log(1 - w) for w in all_steps)
        found[row["cause"], row["step"]] = 1 - (1 - whole) ** part
    return found


@cache
def nameless() -> tuple[dict[str, float], float]:
    """step -> rate of failing without a named cause (other: low though nothing fails); the scale of hidden rates."""
    base = table("why_scale")[0]["base"] / ONE
    shares = [row["hidden"] / ONE for row in table("cause_weights")] + [row["leak"] / ONE for row in table("steps")]
    other = math.prod(1 - share for share in shares)
    scale = base * (1 - other) / sum(shares)
    return {r["step"]: base * other if r["step"] == "other" else scale * r["leak"] / ONE for r in table("steps")}, scale


@cache
def weights() -> list[tuple[str, str, int, int, float]]:
    rate = rates()
    return [
        (r["cause"], r["step"], r["weight"], r["hidden"], rate[r["cause"], r["step"]]) for r in table("cause_weights")
    ]


def chances(person: Person) -> dict[tuple[str, str], float]:
    """(cause, step) -> how likely it is at work there, before it is known that magnesium is low."""
    found = {}
    for cause, step, weight, hidden, rate in weights():
        told = [(t.counts / ONE, weight_of(t, cause, weight)) for t in person.told if t.cause == cause]
        if told:
            counts, own = max(told, key=lambda t: (t[0] * t[1], t[0]))
            rate = rate if own == weight / ONE else before_low(own)
            there = min(1.0, before_low(counts * own) / before_low(own))
        else:
            there = nameless()[1] * hidden / ONE / rate
        there = _updated(there, ratio(cause, person.findings, "presence"))
        found[cause, step] = _updated(there * rate, ratio(cause, person.findings, "work"))
    return found


def leaks(person: Person) -> dict[str, float]:
    """step -> how likely it fails without a named cause, shifted by what such a failure shows."""
    found = {}
    for step, rate in nameless()[0].items():
        times = 1.0
        for row in table("step_patterns"):
            value = person.findings.get(row["finding"])
            shape = likelihood()[row["finding"], "background"]
            if row["step"] == step and layer()[row["finding"]] == "cause" and value in shape:
                times *= likelihood()[row["finding"], row["pattern"]][value] / shape[value]
        found[step] = _updated(rate, times)
    return found


def _updated(p: float, times: float) -> float:
    return p * times / (1 - p + p * times)


def step_finding(person: Person) -> tuple[str, str] | None:
    known = [(row["rank"], row["finding"]) for row in table("findings") if row["layer"] == "step"]
    for _, finding in sorted(known):
        if finding in person.findings:
            return finding, person.findings[finding]
    return None


def kidney(world: World) -> str:
    wasting = dict(zip(STEPS, world, strict=True))["renal_loss"]
    return "wasting" if wasting else "sparing" if any(world) else "none"


@dataclass
class Posterior:
    steps: dict[str, float]
    at_work: dict[tuple[str, str], float]  # by cause and step
    causes: dict[str, float]  # at any step
    leads: dict[tuple[str, str], float]


def posterior(person: Person) -> Posterior:
    """Everything the rules say, by summing over the 32 worlds of failing steps."""
    chance, leak = chances(person), leaks(person)
    fails = {s: 1 - (1 - leak[s]) * math.prod(1 - p for (_, step), p in chance.items() if step == s) for s in leak}
    seen = step_finding(person)
    weights_of: dict[World, float] = {}
    for world in product((0, 1), repeat=5):
        prior = math.prod(fails[s] if on else 1 - fails[s] for s, on in zip(STEPS, world, strict=True))
        low = 1.0 if any(world) else fails["other"]
        weights_of[world] = prior * low * (likelihood()[seen[0], kidney(world)][seen[1]] if seen else 1.0)
    total = sum(weights_of.values())
    worlds = {world: w / total for world, w in weights_of.items()}
    steps = {s: sum(p for world, p in worlds.items() if world[n]) for n, s in enumerate(STEPS)}
    nothing = worlds[0, 0, 0, 0, 0]
    steps["other"] = nothing + (1 - nothing) * fails["other"]
    at_work = {(c, s): steps[s] * p / fails[s] for (c, s), p in chance.items()}
    by_cause: dict[str, list[str]] = defaultdict(list)
    for cause, step in chance:
        by_cause[cause].append(step)
    causes = {
        cause: at_work[cause, its[0]]
        if len(its) == 1
        else 1
        - sum(
            p
            * math.prod(1 - chance[cause, s] / fails[s] for s, on in zip(STEPS, world, strict=True) if on and s in its)
            for world, p in worlds.items()
        )
        for cause, its in by_cause.items()
    }
    likely = _told(person) | {cause for (cause, _), p in at_work.items() if p >= _least()}
    leads = {key: p for key, p in at_work.items() if key[0] in likely}
    leads |= {(s, s): steps[s] * leak[s] / fails[s] for s in leak}
    return Posterior(steps, at_work, causes, leads)


def _told(person: Person) -> set[str]:
    return {t.cause for t in person.told}


def _least() -> float:
    return table("why_scale")[0]["least"] / ONE


def information(person: Person, finding: str) -> tuple[float, float]:
    """Bits expected about the cause and about the step, as the mean of log2 of p(outcome | x) / p(outcome)."""
    leads = posterior(person).leads
    total = sum(leads.values())
    share = {key: p / total for key, p in leads.items()}
    shape = {key: likelihood()[finding, _pattern(person, key, finding)] for key in share}
    of_step: dict[str, float] = defaultdict(float)
    for (_, step), p in share.items():
        of_step[step] += p
    by_step = {
        s: _mixed((share[k] / of_step[s], shape[k]) for k in share if k[1] == s) for s in of_step if of_step[s] > 0
    }
    everywhere = _mixed((p, shape[k]) for k, p in share.items())
    cause = sum(p * _divergence(shape[k], everywhere) for k, p in share.items())
    step = sum(of_step[s] * _divergence(by_step[s], everywhere) for s in by_step)
    return cause, step


def _pattern(person: Person, lead: tuple[str, str], finding: str) -> str:
    cause, step = lead
    of_told = next(row["of_told"] for row in table("findings") if row["finding"] == finding)
    for found, pattern, shows in patterns()[cause]:
        if found == finding:
            told = cause in _told(person)
            return pattern if (told and shows == "work") or (not told and not of_told) else "background"
    for row in table("step_patterns"):
        if row["step"] == step and row["finding"] == finding:
            return row["pattern"]
    return "background"


def _mixed(parts: Iterable[tuple[float, Mapping[str, float]]]) -> dict[str, float]:
    mixed: dict[str, float] = defaultdict(float)
    for p, outcome in parts:
        for value, q in outcome.items():
            mixed[value] += p * q
    return mixed


def _divergence(p: Mapping[str, float], q: Mapping[str, float]) -> float:
    return sum(x * math.log2(x / q[value]) for value, x in p.items() if x > 0)
