"""The examples of the documentation run: titled files are written, lines that begin with hypomag and Python blocks run.

A block that cannot run here stands below a comment that says why: <!-- not run: ... -->
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.reach import cdm
from typer.testing import CliRunner

from hypomag.__main__ import app

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(
    r"(<!-- not run: [^>]+-->\n+)?^```(\w*)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.DOTALL | re.MULTILINE
)
WROTE, ANSWERED = {"toml", "json", "csv"}, {0, 3, 4}


@dataclass(frozen=True)
class Block:
    language: str
    title: str
    text: str


def blocks(page: Path) -> list[Block]:
    return [
        Block(lang, title or "", text) for why, lang, title, text in BLOCK.findall(page.read_text("utf-8")) if not why
    ]


PAGES = [
    page
    for page in sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")])
    if any(
        block.language == "python" or (block.language == "sh" and "hypomag " in block.text) for block in blocks(page)
    )
]


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a page may take for granted that its reader has: a patient, an export, a CDM."""
    folder = tmp_path_factory.mktemp("samples")
    ward = blocks(ROOT / "docs/start/ward.md")
    (folder / "patient.toml").write_text(next(each.text for each in ward if each.title == "patient.toml"), "utf-8")
    bundle = next(each.text for each in blocks(ROOT / "docs/start/informatics.md") if each.title == "bundle.json")
    (folder / "patient.json").write_text(bundle, "utf-8")
    (folder / "export").mkdir()
    for entry in json.loads(bundle)["entry"]:
        with (folder / "export" / f"{entry['resource']['resourceType']}.ndjson").open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry["resource"]) + "\n")
    cdm.build(cdm.rows(50, seed=2), folder / "cdm.duckdb").close()
    return folder


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_of_a_page_run(page: Path, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for each in samples.iterdir():
        (tmp_path / each.name).symlink_to(each)
    names: dict[str, object] = {}
    for block in blocks(page):
        if block.language in WROTE and block.title:
            (tmp_path / block.title).unlink(missing_ok=True)
            (tmp_path / block.title).write_text(block.text, "utf-8")
        elif block.language == "sh":
            _run_lines(block.text)
        elif block.language == "python":
            exec(compile(block.text, str(page.relative_to(ROOT)), "exec"), names)


def _run_lines(text: str) -> None:
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["hypomag"] and "SRC" not in words and "serve" not in words[:2]:
            said = CliRunner().invoke(app, words[1:])
            assert said.exit_code in ANSWERED, f"{line}\n{said.output}"
            assert said.output.strip(), f"{line} says nothing"


def test_there_are_examples() -> None:
    """A page for each kind of user, the tutorial and the README are among the pages that run."""
    named = {str(page.relative_to(ROOT)) for page in PAGES}
    users = {
        f"docs/start/{who}.md" for who in ("ward", "laboratory", "informatics", "researcher", "modeller", "patient")
    }
    assert users | {"docs/tutorial.md", "README.md"} <= named
