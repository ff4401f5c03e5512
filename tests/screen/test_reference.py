"""The reference page is what the outputs say."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_the_page_is_not_stale() -> None:
    spec = importlib.util.spec_from_file_location("made", ROOT / "tools" / "generate_screen_reference.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    assert made.PAGE.read_text("utf-8") == made.page()
