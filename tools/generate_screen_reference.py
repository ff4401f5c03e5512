"""Writes docs/reference/screen.md from screen/outputs.toml and knowledge/gaps/gaps.csv; --check only compares."""

from __future__ import annotations

import sys
from pathlib import Path

from hypomag import knowledge
from hypomag.engine.duckdb import Ward
from hypomag.engine.texts import INPUTS, rules
from hypomag.record import TABLES
from hypomag.screen import answers
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
    lines += _answers()
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
        "- `summary.json`: what was read, what was found, what the testing costs. `dictionary.csv`: the tables above.",
        "- `report.html`: one file, no network. It names patients.",
        "- `.work/`: the plan and the chunks; delete it once the run is finished, keep it to resume.",
        "",
    ]
    return "\n".join(lines)


def _answers() -> list[str]:
    """The rows behind whole answers: each relation with what its rule says, each column once."""
    ward = Ward()
    for name, columns in (TABLES | INPUTS).items():
        ward.make(name, columns)
    ward.make_relations(answers.WANTED)
    about = {rule.name: rule.about.split(". ")[0].rstrip(".:") for rule in rules()}
    about["asked"] = "The moment asked about"
    lines = ["## answers", ""]
    lines += [
        "With `--answers low`, `worklist` or `all`: the rows behind whole answers, one folder of Parquet files a table, the "
        "files sorted by patient. `hypomag answers OUT` makes of them the answers of `hypomag assess`. Whole numbers are in "
        "1/10000 and times in seconds since 1970, as the rules speak; `dictionary.csv` has every column with its meaning.",
        "", "| answers/ | what | columns |", "|---|---|---|",
    ]  # fmt: skip
    for name in answers.KEPT:
        what = about.get(name, "Of the record: the facts of the patients chosen")
        lines.append(f"| {name} | {what} | {', '.join(f'`{column}`' for column in ward.columns(name))} |")
    return [*lines, ""]


def main() -> None:
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text("utf-8") == page() else f"{PAGE}: run tools/generate_screen_reference.py")
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
