"""A finished screening run, read from its folder: the counts, the worklist a page at a time, and one patient's lines."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from hypomag import knowledge
from hypomag.read import read
from hypomag.record import Record, Refused

ROWS = 50  # of the worklist on one page
TABLES = {
    "patients": "In short",
    "episodes": "Episodes of low magnesium",
    "findings": "What was found, and where it stands",
}


@dataclass(frozen=True)
class Population:
    """The folder that `hypomag screen` wrote, and the FHIR export it was made from, where patients shall be opened."""

    folder: Path
    source: Path | None = None

    def summary(self) -> dict[str, Any]:
        """Raises Refused where the folder holds no finished run."""
        try:
            found: dict[str, Any] = json.loads((self.folder / "summary.json").read_text("utf-8"))
            return found
        except (OSError, ValueError):
            raise Refused(f"{self.folder}: holds no summary.json of a finished `hypomag screen`.") from None

    def worklist(self, tier: str, gap: str, start: int) -> tuple[list[dict[str, str]], bool]:
        """ROWS rows from `start` of those with this urgency and gap (empty: any), and whether more follow."""
        rows = (
            row
            for row in self.rows("worklist")
            if tier in ("", row["urgency_tier"]) and (not gap or gap in row["gaps"].split(";"))
        )
        found = list(islice(rows, start, start + ROWS + 1))
        return found[:ROWS], len(found) > ROWS

    def of(self, patient: str) -> dict[str, list[dict[str, str]]]:
        """Every line of one patient. Raises Refused where there is none."""
        found = {name: [row for row in self.rows(name) if row["patient"] == patient] for name in TABLES}
        if not found["patients"]:
            raise Refused("no such patient is in this screening run.")
        return found

    def record(self, patient: str) -> Record | None:
        """The patient's record, where its source can be opened for one patient."""
        return None if self.source is None else read(self.source, format="fhir", patient=patient)

    def rows(self, name: str) -> Iterator[dict[str, str]]:
        try:
            with (self.folder / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
                yield from csv.DictReader(lines)
        except OSError:
            raise Refused(f"{self.folder}: holds no {name}.csv of a finished `hypomag screen`.") from None

    def report(self) -> tuple[str, str]:
        """The report and the content security policy that lets its own style, and nothing else, be."""
        try:
            text = (self.folder / "report.html").read_text("utf-8")
        except OSError:
            raise Refused(f"{self.folder}: holds no report.html of a finished `hypomag screen`.") from None
        styles = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
        hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in styles)
        return text, f"default-src 'none'; style-src {hashes or 'none'}; base-uri 'none'; frame-ancestors 'none'"


@cache
def gap_names() -> dict[str, str]:
    return {row["gap"]: row["name"] for row in knowledge.load().tables["gaps"].dicts()}


@cache
def risk_names() -> dict[str, str]:
    return {row["risk"]: row["name"] for row in knowledge.load().tables["risks"].dicts()}


def gap_rows(summary: dict[str, Any]) -> list[dict[str, Any]]:
    """The care gaps for their picture, commonest first; few, where the count is left out."""
    rows = [{"name": gap_names().get(gap, gap), "patients": n, "unknown": None} for gap, n in summary["by_gap"].items()]
    return sorted(rows, key=lambda row: -(row["patients"] or 0))
