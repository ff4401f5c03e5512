"""The pages of hazards, coverage and source attributes, from their data; complaints about what is an orphan.

python -m tools.trust_pages       # writes docs/trust/hazards.md, coverage.md, source-attributes.json
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from hypomag import __version__
from hypomag.engine.texts import rules
from hypomag.knowledge.sentences import sentences

ROOT = Path(__file__).parents[1]
TRUST = ROOT / "docs" / "trust"
PROPOSED = "Scores are proposed by the authors and need a clinician; nobody with a licence has signed them."


def _data(name: str) -> dict[str, Any]:
    return tomllib.loads((TRUST / f"{name}.toml").read_text("utf-8"))


def hazards() -> str:
    data = _data("hazards")
    requirements, tests = data.pop("requirement"), data.pop("tests")
    lines = ["# Hazards, what controls them, and the tests that hold it", "", PROPOSED, ""]
    lines += ["| | hazard | cause | severity | left | requirements |", "| --- | --- | --- | --- | --- | --- |"]
    for key, h in data.items():
        lines.append(
            f"| {key} | {h['hazard']} | {h['cause']} | {h['severity']} | {h['left']} | {', '.join(h['requirements'])} |"
        )
    lines += ["", "| | requirement | hazards | tests |", "| --- | --- | --- | --- |"]
    for key, text in requirements.items():
        of = ", ".join(h for h, row in data.items() if key in row["requirements"])
        held = "<br>".join(f"`{test}`" for test in tests[key])
        lines.append(f"| {key} | {text} | {of} | {held} |")
    return "\n".join(lines) + "\n"


def coverage() -> str:
    lines = [
        "# What is covered, and where",
        "",
        "Each point that a reader of the source article expects, and the knowledge, rule and test that answer it.",
        "",
        "| point | knowledge | rules | tests |",
        "| --- | --- | --- | --- |",
    ]
    for row in _data("coverage").values():
        cells = [", ".join(f"`{one}`" for one in row[key]) for key in ("knowledge", "rules", "tests")]
        lines.append(f"| {row['point']} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def attributes() -> str:
    """What a deployer is asked to show of a decision support intervention that is based on evidence."""
    said = sentences()["basis"]
    shown = {
        "name": "hypomag", "version": __version__, "developer": "the hypomag authors", "funding": "none declared",
        "kind": "evidence based; probabilities of causes weighed from published ratios and judgement, not trained",
        "intended_use": "decision support about low serum magnesium, to be reviewed by a clinician",
        "intended_user": said["intended_user"], "limits": said["limits"],
        "inputs": "laboratory results, drugs, diseases, procedures, signs, stays: src/hypomag/knowledge/facts",
        "demographic_inputs": "age and sex (eGFR, ranges, doses), weight, pregnancy; no race, language or postcode",
        "citations": "src/hypomag/knowledge/sources.csv, each with how much of it was read and when",
        "reviewed_by_a_clinician": False, "cleared_as_a_device": False,
    }  # fmt: skip
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


PAGES = {"hazards.md": hazards, "coverage.md": coverage, "source-attributes.json": attributes}


def orphans() -> list[str]:
    """Everything that is named and is not there, or is there and not named."""
    data = _data("hazards")
    requirements, tests = data.pop("requirement"), data.pop("tests")
    used = {key for row in data.values() for key in row["requirements"]}
    found = [f"{key} controls no hazard" for key in requirements if key not in used]
    found += [f"{key} is no requirement" for key in sorted(used | set(tests)) if key not in requirements]
    found += [f"{key} is held by no test" for key in requirements if not tests.get(key)]
    found += [f"{key}: {row['hazard']} has no requirement" for key, row in data.items() if not row["requirements"]]
    named = [test for of in tests.values() for test in of]
    relations = {rule.name for rule in rules()}
    for key, row in _data("coverage").items():
        named += row["tests"]
        found += [f"{key}: no rule {name}" for name in row["rules"] if name not in relations]
        folder = ROOT / "src" / "hypomag" / "knowledge"
        found += [f"{key}: no knowledge {name}" for name in row["knowledge"] if not (folder / name).is_file()]
        found += [f"{key}: nothing in {part}" for part in ("knowledge", "rules", "tests") if not row[part]]
    return found + [f"no test {name}" for name in dict.fromkeys(named) if not _is_test(name)]


def _is_test(name: str) -> bool:
    place, _, function = name.partition("::")
    file = ROOT / place
    return file.is_file() and (not function or re.search(rf"def {function}\(", file.read_text("utf-8")) is not None)


if __name__ == "__main__":
    for page, make in PAGES.items():
        (TRUST / page).write_text(make(), "utf-8")
    print("\n".join(orphans()) or "no orphans")
