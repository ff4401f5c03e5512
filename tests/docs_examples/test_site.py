"""The documentation builds as a site without a warning, and nothing in it is fetched from outside."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tools import lineage

from hypomag.engine.texts import rules

ROOT = Path(__file__).parents[2]
FETCHED = re.compile(r"<(?:script|img|iframe|link)\b[^>]*?(?:src|href)=\"?(https?:)?//[^>]*>")
CANONICAL = re.compile(r'rel="?(?:canonical|license|next|prev)')


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("material", reason="mkdocs-material (extra docs) is not installed")
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(out)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out


def test_nothing_is_fetched_from_outside(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 40
    for page in pages:
        found = [
            match.group() for match in FETCHED.finditer(page.read_text("utf-8")) if not CANONICAL.search(match.group())
        ]
        assert found == [], page.name


def test_every_rule_and_command_has_its_place(site: Path) -> None:
    for rule in rules():
        page = (site / "reference/rules" / f"{rule.family}.html").read_text("utf-8")
        assert f'id="{rule.name}"' in page, rule.name
    commands = (site / "reference/command-line.html").read_text("utf-8")
    assert "hypomag assess" in commands and "--as-of" in commands and "--for" in commands


def test_lineage_draws_what_the_texts_read() -> None:
    """Every box and every line of a family's picture, counted from the rules."""
    made = {rule.name for rule in rules()}
    own = [rule for rule in rules() if rule.family == "level"]
    drawn = lineage.of_family("level")
    reads = [(rule.name, name) for rule in own for name in rule.reads if name in made]
    assert drawn.count("<path") == len(reads)
    assert drawn.count("<rect") == len({name for pair in reads for name in pair} | {rule.name for rule in own})
    columns = lineage.columns({rule.name: tuple(n for n in rule.reads if n in made) for rule in own})
    assert all(columns[name] > columns[read] for name, read in reads)
