"""What a screening run does, fixed before it starts: the input by content, the choices, the chunks."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from hypomag import __version__, knowledge
from hypomag.engine.texts import rules
from hypomag.record import Refused

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Plan:
    """One run. Two runs with the same plan write the same bytes."""

    format: str
    engine: str
    as_of: int | None
    profile: str | None
    scheme: str
    answers: str  # none, low, worklist, all: whose whole answers are kept
    smallest_cell: int
    chunks: list[tuple[int, int]]  # of patients' numbers (record), or bucket and number of buckets
    inputs: dict[str, tuple[int, str]]  # name: bytes, SHA-256
    rules: str = ""  # of their texts, shortened SHA-256
    program: str = __version__
    knowledge: str = ""

    def text(self) -> str:
        return json.dumps(asdict(self), indent=1, sort_keys=True) + "\n"


def rules_version() -> str:
    """A short SHA-256 over the text of every rule."""
    return hashlib.sha256("".join(f"{rule.name}\0{rule.sql}\0" for rule in rules()).encode()).hexdigest()[:12]


def version() -> dict[str, str]:
    """Of everything that decides and words an answer."""
    return {"program": __version__, "knowledge": knowledge.load().version, "rules": rules_version()}


def fingerprints(source: Path, files: list[Path]) -> dict[str, tuple[int, str]]:
    """Size and SHA-256 of every input file, by its name in the source. Raises Refused where one cannot be read."""
    found = {}
    for file in files:
        digest = hashlib.sha256()
        try:
            with file.open("rb") as stream:
                while piece := stream.read(2**22):
                    digest.update(piece)
            size = file.stat().st_size
        except OSError as wrong:
            raise Refused(f"{file}: cannot be read ({wrong.strerror}).") from None
        name = file.relative_to(source).as_posix() if source.is_dir() else file.name
        found[name] = (size, digest.hexdigest())
    return found


def settled(plan: Plan, work: Path, resume: bool) -> None:
    """Write the plan, or check that the one a stopped run left is the same. Raises Refused where it is not."""
    manifest = work / MANIFEST
    if manifest.exists():
        if not resume:
            raise Refused(f"{work.parent}: holds a run already; add --resume to go on with it, or name another folder.")
        _check_same(json.loads(manifest.read_text("utf-8")), json.loads(plan.text()), work)
        return
    work.mkdir(parents=True, exist_ok=True)
    begun = manifest.with_suffix(".part")
    with begun.open("w", encoding="utf-8") as stream:
        stream.write(plan.text())
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(begun, manifest)


def _check_same(before: dict, now: dict, work: Path) -> None:
    if before["inputs"] != now["inputs"]:
        names = before["inputs"].keys() | now["inputs"].keys()
        changed = sorted(name for name in names if before["inputs"].get(name) != now["inputs"].get(name))
        raise Refused(
            f"{work.parent}: the input has changed since this run began ({', '.join(changed)}); start again in another "
            "folder, so that old and new are not mixed."
        )
    for key in sorted(before.keys() | now.keys()):
        if before.get(key) != now.get(key):
            raise Refused(
                f"{work.parent}: this run began with {key} {before.get(key)!r}, not {now.get(key)!r}; start again in "
                "another folder."
            )
