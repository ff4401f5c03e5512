"""Two versions answer the same patients, each in a process of its own; what differs is told in patients."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from hypomag.diff.people import person
from hypomag.record import Refused

# Run by each version itself: only public names, so that an old version understands it.
ANSWER = """
import json, sys
from hypomag.assess import assess
from hypomag.read import read
from hypomag.record import Refused
def amounts(option):
    return [option["key"], *(option.get(k) for k in ("mmol", "most", "rate_g_per_h", "hours", "per_day", "doses"))]
for line in sys.stdin:
    name, format, text = json.loads(line)
    try:
        a = assess(read(text.encode(), format=format))
    except Refused as wrong:
        print(json.dumps({"patient": name, "grade": "refused", "urgency": None, "cause": None, "plan": []}))
        continue
    print(json.dumps({
        "patient": name,
        "grade": [a["level"]["status"], a["level"]["ctcae_grade"]],
        "urgency": a["urgency"]["tier"],
        "cause": a["causes"][0]["cause"] if a["causes"] else None,
        "plan": [amounts(o) for o in a["treatment"]["options"]],
    }))
"""
ASPECTS = ("grade", "urgency", "cause", "plan")


@dataclass(frozen=True)
class Change:
    """One patient whose answer differs, in which aspect, from what to what."""

    patient: str
    aspect: str
    before: Any
    after: Any


def patients(how_many: int) -> list[tuple[str, str, str]]:
    """(name, format, text) of the made-up people and of every published case that comes with the program."""
    made = [(f"person {n}", "fhir", json.dumps(person(n))) for n in range(how_many)]
    cases = sorted((Path(str(files("hypomag"))) / "cases" / "patients").glob("*.toml"))
    return made + [(file.stem, "case", file.read_text("utf-8")) for file in cases]


def compare(revision: str, how_many: int, repository: Path | None = None) -> list[Change]:
    """What changes for whom between `revision` of the repository and the program that runs now.

    Raises Refused where there is no repository or no such revision.
    """
    asked = patients(how_many)
    here = Path(str(files("hypomag"))).parent
    with checked_out(revision, repository or here) as there:
        return list(changes(answered(there, asked), answered(here, asked)))


def changes(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Iterator[Change]:
    for old, new in zip(before, after, strict=True):
        for aspect in ASPECTS:
            if old[aspect] != new[aspect]:
                yield Change(new["patient"], aspect, old[aspect], new[aspect])


def answered(source: Path, asked: list[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """The answers of the program in `source` (the folder that holds the package), in the order asked."""
    lines = "".join(json.dumps(one) + "\n" for one in asked)
    done = subprocess.run(
        [sys.executable, "-c", ANSWER], input=lines, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(source), "PYTHONSAFEPATH": "1"},
    )  # fmt: skip
    if done.returncode:
        raise Refused(f"{source}: this version cannot answer: {done.stderr.strip().splitlines()[-1]}.")
    return [json.loads(line) for line in done.stdout.splitlines()]


@contextmanager
def checked_out(revision: str, repository: Path) -> Iterator[Path]:
    """The source folder of a revision, in a work tree of its own that is taken away again."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "then"
        git = ["git", "-C", str(repository), "worktree"]
        try:
            made = subprocess.run(
                [*git, "add", "--detach", str(place), revision], capture_output=True, text=True, check=False
            )
        except FileNotFoundError:
            raise Refused("git is not installed; the other version is read from the repository.") from None
        if made.returncode:
            raise Refused(f"{revision}: no such revision of the repository here ({made.stderr.strip()[-200:]}).")
        try:
            yield place / "src"
        finally:
            subprocess.run([*git, "remove", "--force", str(place)], capture_output=True, check=False)
