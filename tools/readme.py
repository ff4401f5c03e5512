"""The answer in README.md: what the demo prints, put between its two marks."""

from __future__ import annotations

import re
from pathlib import Path

from hypomag.assess import assess
from hypomag.read import read
from hypomag.write import text

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "src" / "hypomag" / "cases" / "patients" / "ppi_severe.toml"
MARKS = re.compile(r"(?<=<!-- demo -->\n).*?(?=<!-- /demo -->)", re.DOTALL)


def with_answer(page: str) -> str:
    """The page with the demo's present answer between its marks."""
    block = f"```\n{text.write(assess(read(DEMO)))}```\n"
    return MARKS.sub(lambda _: block, page)


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(with_answer(readme.read_text("utf-8")), "utf-8")
