"""The model of why, said a second time in plain probabilities: no logarithms, no noisy-OR formula, no SQL.

Each cause is there or not; where it is there it is at work at a step or not; a step fails when any of its causes or its
unnamed reason is at work. Findings multiply what they make likelier. Everything follows by summing over worlds.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from hypomag import knowledge
from tests.why.run import Person

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


def weight_of(told: Any, cause: str, weight: int) -> int:
    """The weight of a drug at its dose where it has one of its own."""
    for row in table("drug_weights"):
        inside = (row["dose_from"] is None or (told.dose is not None and told.dose >= row["dose_from"])) and (
            row["dose_below"] is None or (told.dose is not None and told.dose < row["dose_below"])
        )
        if row["drug"] == told.named and row["cause"] == cause and inside:
            return row["weight"]
    return weight


def chances(person: Person) -> dict[tuple[str, str], float]:
    """(cause, step) -> how likely it is at work there, before the steps are weighed against each other."""
    found = {}
    for row in table("cause_weights"):
        cause, step = row["cause"], row["step"]
        told = [(t.counts, weight_of(t, cause, row["weight"])) for t in person.told if t.cause == cause]
        counts, weight = max(told, key=lambda t: (t[0] * t[1], t[0])) if told else (None, row["weight"])
        there = counts / ONE if counts is not None else row["hidden"] / row["weight"]
        there = _updated(there, ratio(cause, person.findings, "presence"))
        found[cause, step] = _updated(there * weight / ONE, ratio(cause, person.findings, "work"))
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
    chance = chances(person)
    leak = {row["step"]: row["leak"] / ONE for row in table("steps")}
    fails = {s: 1 - (1 - leak[s]) * math.prod(1 - p for (_, step), p in chance.items() if step == s) for s in STEPS}
    seen = step_finding(person)
    weights: dict[World, float] = {}
    for world in product((0, 1), repeat=5):
        prior = math.prod(fails[s] if on else 1 - fails[s] for s, on in zip(STEPS, world, strict=True))
        weights[world] = prior * (likelihood()[seen[0], kidney(world)][seen[1]] if seen else 1.0)
    total = sum(weights.values())
    worlds = {world: w / total for world, w in weights.items()}
    steps = {s: sum(p for world, p in worlds.items() if world[n]) for n, s in enumerate(STEPS)}
    at_work = {(c, s): chance[c, s] if s == "other" else steps[s] * chance[c, s] / fails[s] for c, s in chance}
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
    other = 1 - math.prod(1 - p for (_, s), p in chance.items() if s == "other") * (1 - worlds[0, 0, 0, 0, 0])
    leads = {key: p for key, p in at_work.items() if key[0] in _told(person) or chance[key] >= _least()}
    leads |= {(s, s): steps[s] * leak[s] / fails[s] for s in STEPS} | {("other", "other"): other}
    return Posterior(steps | {"other": other}, at_work, causes, leads)


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
