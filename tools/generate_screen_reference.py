"""Writes docs/reference/screen.md from screen/outputs.toml and knowledge/gaps/gaps.csv; --check only compares."""

from __future__ import annotations

import sys
from pathlib import Path

from hypomag import knowledge
from hypomag.screen.finish import outputs

EACH = {"h": 3600, "d": 86_400}  # what the knowledge holds in whole seconds, back as it was written
PAGE = Path(__file__).parent.parent / "docs" / "reference" / "screen.md"


def page() -> str:
    lines = [
        "# What a screening run writes",
        "",
        "Each table comes as Parquet and as CSV; times are UTC; an empty cell is unknown, never zero or normal. "
        "Generated from src/hypomag/screen/outputs.toml by tools/generate_screen_reference.py.",
        "",
    ]
    for name, table in outputs().items():
        lines += [f"## {name}", "", f"{table['meaning']}.", "", "| column | meaning |", "|---|---|"]
        lines += [f"| {column} | {meaning} |" for column, (_, meaning) in table["columns"].items()]
        lines.append("")
    lines += ["## Care gaps", "", "| gap | name | holds where | standing | source |", "|---|---|---|---|---|"]
    for row in knowledge.load().tables["gaps"].dicts():
        lines.append(f"| {row['gap']} | {row['name']} | {row['meaning']} | {row['standing']} | {row['source']} |")
    lines += ["", "The limits behind them:", "", "| limit | value | meaning | source |", "|---|---|---|---|"]
    gaps = knowledge.load().tables["gaps"]
    wanted = {*gaps.column("limit_name"), "episode_gap", "recheck_soon_within"}
    for row in knowledge.load().limits_rows:
        if row["name"] in wanted:
            value = row["value"] / EACH.get(row["unit"], 10_000)
            lines.append(f"| {row['name']} | {value:g} {row['unit']} | {row['meaning']} | {row['source']} |")
    lines += [
        "",
        "## Other files",
        "",
        "- `answers.parquet` (with `--answers worklist` or `all`): patient, answer; the answer is the JSON of "
        "`hypomag assess --json` in one line.",
        "- `summary.json`: what was read, what was found, what the testing costs. `dictionary.csv`: the tables above.",
        "- `report.html`: one file, no network. It names patients.",
        "- `.work/`: the plan and the chunks; delete it once the run is finished, keep it to resume.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text("utf-8") == page() else f"{PAGE}: run tools/generate_screen_reference.py")
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
