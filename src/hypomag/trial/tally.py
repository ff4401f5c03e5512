"""Counts that add up: sums by kidney class and protocol, so that a million people need no more memory than a chunk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

Z = 1.959963984540054  # half width of a 95 % interval in standard errors
ALL = "all"


@dataclass
class Tally:
    """Sums of each outcome and of its difference to the first protocol, by class."""

    classes: list[str]
    protocols: list[str]
    n: dict[str, int] = field(default_factory=dict)
    sums: dict[tuple[str, str, str], np.ndarray] = field(
        default_factory=dict
    )  # (protocol, class, outcome) -> count, sum, squares
    gaps: dict[tuple[str, str, str], np.ndarray] = field(default_factory=dict)  # the same of the paired difference
    course: dict[tuple[str, str], np.ndarray] = field(
        default_factory=dict
    )  # (protocol, class) -> (T, 2): in range, serum
    hours: np.ndarray | None = None

    def add(self, kidney: np.ndarray, followed: list[Any]) -> None:
        """One chunk: the class of each person, and what each protocol made of the same people."""
        self.hours = followed[0].hours
        for k, name in [*enumerate(self.classes), (-1, ALL)]:
            mine = kidney == k if k >= 0 else np.ones(len(kidney), bool)
            self.n[name] = self.n.get(name, 0) + int(mine.sum())
            for protocol, one in zip(self.protocols, followed, strict=True):
                both = np.stack([one.in_range[:, mine].sum(axis=1), one.serum[:, mine].sum(axis=1)], axis=1)
                self.course[protocol, name] = self.course.get((protocol, name), 0.0) + both
                for outcome, values in one.outcomes.items():
                    put(self.sums, (protocol, name, outcome), values[mine])
                    put(self.gaps, (protocol, name, outcome), values[mine] - followed[0].outcomes[outcome][mine])

    def results(self) -> list[dict[str, Any]]:
        """One row a protocol, class and outcome: mean, interval of the mean, spread, paired difference with interval."""
        rows = []
        for (protocol, name, outcome), sums in self.sums.items():
            mean, spread, error = moments(sums)
            gap, _, gap_error = moments(self.gaps[protocol, name, outcome])
            row = {
                "protocol": protocol,
                "class": name,
                "outcome": outcome,
                "n": int(sums[0]),
                "mean": mean,
                "sd": spread,
            }
            row |= {"low": mean - Z * error, "high": mean + Z * error}
            row |= {"difference": gap, "difference_low": gap - Z * gap_error, "difference_high": gap + Z * gap_error}
            rows.append(row)
        return rows

    def courses(self) -> list[dict[str, Any]]:
        """By protocol and class: hours, share in range, mean serum."""
        assert self.hours is not None
        return [
            {
                "protocol": p,
                "class": c,
                "hours": self.hours,
                "in_range": both[:, 0] / self.n[c],
                "serum": both[:, 1] / self.n[c],
            }
            for (p, c), both in self.course.items()
            if self.n[c]
        ]


def put(table: dict, key: tuple[str, str, str], values: np.ndarray) -> None:
    known = values[~np.isnan(values)]
    table[key] = table.get(key, 0.0) + np.array([len(known), known.sum(), (known * known).sum()])


def moments(sums: np.ndarray) -> tuple[float, float, float]:
    """Mean, standard deviation, standard error; nan where nobody was counted."""
    n, total, squares = (float(x) for x in sums)
    if n == 0:
        return float("nan"), float("nan"), float("nan")
    mean = total / n
    spread = max(squares / n - mean * mean, 0.0) ** 0.5
    return mean, spread, spread / n**0.5
