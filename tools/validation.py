"""docs/validation.md from docs/trust/results: no figure on the page is typed by hand.

python -m tools.validation
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[1] / "docs"
RESULTS = DOCS / "trust" / "results"
HEAD = """# Validation

Made by `python -m tools.validation` from docs/trust/results; each figure by the command beside it. Measured on a shared
machine of two cores under load. Nothing here was reviewed by a clinician, and the patients are made up.
"""


def page() -> str:
    parts = [HEAD]
    for file in sorted(RESULTS.glob("*.json")):
        parts.append(_campaign(json.loads(file.read_text("utf-8"))))
    if list(RESULTS.glob("mutants-*.tsv")):
        parts.append(_mutants())
    if (RESULTS / "python-mutants.tsv").is_file():
        parts.append(_python_mutants())
    if (RESULTS / "limits.tsv").is_file():
        parts.append(_limits())
    if (RESULTS / "fuzz.tsv").is_file():
        parts.append(_fuzz())
    return "\n".join(parts)


def _campaign(found: dict[str, Any]) -> str:
    lines = [f"## {found['what'][0].upper()}{found['what'][1:]}", "", f"`{found['command']}`", ""]
    lines += ["| outcome | runs |", "| --- | ---: |"]
    lines += [f"| {name} | {count:,} |" for name, count in found["outcomes"].items()]
    if found.get("upper_bound"):
        lines += ["", f"Silently wrong: 0 of {found['runs']:,}; with 95 % confidence under {found['upper_bound']:.1e}."]
    elif "silently_wrong" in found:
        lines += ["", f"Silently wrong: {found['silently_wrong']} of {found['runs']:,}."]
    return "\n".join([*lines, f"CPU {found['cpu_seconds']:,} s, knowledge {found['knowledge']}.", ""])


def _rows(name: str) -> list[dict[str, str]]:
    with (RESULTS / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def _mutants() -> str:
    files = sorted(RESULTS.glob("mutants-*.tsv"))
    rows = [row for file in files for row in _rows(file.name)]
    total, table, crowd, same, alive = (sum(int(row[key]) for row in rows) for key in list(rows[0])[1:])
    command = "python -m tools.mutate_rules " + " ".join(file.stem.removeprefix("mutants-") for file in files)
    lines = ["## Mutation of the rules", "", f"`{command}`", ""]
    lines += [
        f"{total:,} mutants of {len(rows)} rules: {table:,} killed by the rule's own text table, {crowd:,} more by a second "
        f"formulation on made-up people, {same:,} shown to change no answer, {alive:,} alive "
        f"({(table + crowd) / total:.1%} killed; {(table + crowd) / (total - same):.1%} of those that change an answer). "
        "The survivors stand in `docs/trust/results/alive-<family>.tsv`, with the reason why each changes no answer, "
        "written by hand in `tests/rules/<family>/equivalent.tsv`.",
        "",
        "| rule | mutants | equivalent | alive |",
        "| --- | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {row['rule']} | {row['mutants']} | {row['equivalent']} | {row['alive']} |"
        for row in rows
        if row["equivalent"] != "0" or row["alive"] != "0"
    ]
    return "\n".join(lines) + "\n"


def _python_mutants() -> str:
    rows = _rows("python-mutants.tsv")
    total, killed, alive = (sum(int(row[key]) for row in rows) for key in ("mutants", "killed", "alive"))
    lines = ["## Mutation of the last look and of the readers", "", "`python -m tools.mutate_python`", ""]
    lines += [
        f"{total:,} mutants of the Python that checks a plan (`check`), reads a number in a text (`numbers`), takes a typed "
        "line apart (`written`) and reads a time (`times`): "
        f"{killed:,} killed by its own tests, {alive:,} alive ({killed / total:.1%} killed). Strings "
        "and patterns are not changed. Those alive stand in `docs/trust/results/python-mutants-alive.tsv`.",
        "",
        "| of | change | mutants | alive |",
        "| --- | --- | ---: | ---: |",
    ]
    lines += [f"| {row['target']} | {row['kind']} | {row['mutants']} | {row['alive']} |" for row in rows]
    return "\n".join(lines) + "\n"


def _limits() -> str:
    by = [row[way] for row in _rows("limits.tsv") for way in ("up", "down")]
    table, twice, alive = (by.count(word) for word in ("table", "twice", "alive"))
    return (
        "## Every limit one step up and one step down\n\n`python -m tools.mutate_limits`\n\n"
        f"{len(by)} mutants: {table} killed by a text table, {twice} more only by the double entry of "
        f"`tests/knowledge/limits_twice.tsv`, {alive} alive.\n"
    )


def _fuzz() -> str:
    lines = [
        "## Coverage-guided fuzzing of the parsers",
        "",
        "`python tools/fuzz.py TARGET -max_total_time=SECONDS`",
        "",
    ]
    lines += ["| target | runs | seconds | finds | what |", "| --- | ---: | ---: | ---: | --- |"]
    for row in _rows("fuzz.tsv"):
        lines.append(
            f"| {row['target']} | {int(row['runs']):,} | {row['seconds']} | {row['finds']} | {row['find'] or ''} |"
        )
    return (
        "\n".join(lines)
        + "\nEach find is a named case in `tests/fuzz`. The runs are short; the bar of 10 million is not met.\n"
    )


if __name__ == "__main__":
    (DOCS / "validation.md").write_text(page(), "utf-8")
