"""A finished screening run of invented people, in the files and columns that `hypomag screen` writes."""

from __future__ import annotations

import csv
import json
import tomllib
from importlib.resources import files
from pathlib import Path

PEOPLE = (
    {"rank": "1", "patient": "p-<b>1</b>", "urgency_tier": "emergency", "status": "low", "ctcae_grade": "4",
     "last_mmol_l": "0.21", "gaps": "untreated;cause_running", "causes": "ppi;thiazide"},
    {"rank": "2", "patient": "p-2", "urgency_tier": "same_day", "status": "low", "ctcae_grade": "3",
     "last_mmol_l": "0.35", "gaps": "untreated", "causes": "alcohol_use_disorder"},
    {"rank": "3", "patient": "p-3", "urgency_tier": "routine", "status": "not_measured", "gaps": "never_tested",
     "causes": "ppi", "never_tested_reason": "ppi"},
)  # fmt: skip
SUMMARY = {
    "patients": 40, "tested": 30, "ever_low": 9, "episodes": 11, "tests_per_case": 3.4,
    "by_tier": {"emergency": 6, "same_day": None, "routine": 7, "none": 25}, "by_gap": {"untreated": 7, "never_tested": None},
}  # fmt: skip


def run(folder: Path) -> Path:
    """Write the files into the folder."""
    tables = tomllib.loads((files("hypomag") / "screen" / "outputs.toml").read_text("utf-8"))
    for name in ("worklist", "patients", "episodes", "findings"):
        columns = list(tables[name]["columns"])
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
            lines = csv.DictWriter(out, columns, restval="", extrasaction="ignore")
            lines.writeheader()
            lines.writerows(PEOPLE if name in ("worklist", "patients") else [{"patient": "p-2", "start": "2026-01-01"}])
    (folder / "summary.json").write_text(json.dumps(SUMMARY), "utf-8")
    style = "<style>h1 { color: teal; }</style>"
    (folder / "report.html").write_text(f"<!doctype html><html lang=en><title>r</title>{style}<h1>Report</h1>", "utf-8")
    return folder
