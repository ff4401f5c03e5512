"""Counts of one worker in the text format of Prometheus. Labels are our own words; no patient is in them."""

from __future__ import annotations

from collections import Counter

STEPS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0)  # seconds


class Counts:
    """Adds up. Every worker has its own; a scraper sees the worker it reaches."""

    def __init__(self) -> None:
        self.sums: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()

    def add(self, name: str, amount: float = 1, **labels: str) -> None:
        self.sums[name, tuple(sorted(labels.items()))] += amount  # type: ignore[assignment]

    def put(self, name: str, amount: float, **labels: str) -> None:
        self.sums[name, tuple(sorted(labels.items()))] = amount  # type: ignore[assignment]

    def took(self, seconds: float, route: str) -> None:
        """One more duration in its steps."""
        for step in STEPS:
            if seconds <= step:
                self.add("hypomag_seconds_bucket", le=str(step), route=route)
        self.add("hypomag_seconds_bucket", le="+Inf", route=route)
        self.add("hypomag_seconds_sum", seconds, route=route)
        self.add("hypomag_seconds_count", route=route)

    def text(self) -> str:
        lines = []
        for (name, labels), value in sorted(self.sums.items()):
            said = ",".join(f'{key}="{text}"' for key, text in labels)
            lines.append(f"{name}{{{said}}} {value:.12g}")
        return "\n".join(lines) + "\n"
