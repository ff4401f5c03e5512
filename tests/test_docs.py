"""The documentation says what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tools import readme, reference
from typer.testing import CliRunner

from hypomag.__main__ import app

ROOT = Path(__file__).resolve().parent.parent
MADE = {ROOT / "docs" / path for path in reference.pages()}  # pages that exist only in the built site
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def test_readme_shows_the_present_answer() -> None:
    page = (ROOT / "README.md").read_text("utf-8")
    assert readme.with_answer(page) == page, "run: python -m tools.readme"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8")):
        if "://" not in target:
            lead = (page.parent / target).resolve()
            assert lead.exists() or lead in MADE, target


def test_every_command_of_the_readme_exists() -> None:
    listed = CliRunner().invoke(app, ["--help"]).output
    for command in sorted(set(re.findall(r"`hypomag ([a-z]+)", (ROOT / "README.md").read_text("utf-8")))):
        assert re.search(rf"\b{command}\b", listed), command
