"""Every tool of the makers can be loaded: one that imports what is gone would be found only when it is wanted."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = [f"{room}.{file.stem}" for room in ("tools", "accept") for file in sorted((ROOT / room).glob("*.py"))]
OURS = {"accept", "hypomag", "tests", "tools"}


@pytest.mark.parametrize("name", [name for name in TOOLS if "__" not in name])
def test_a_tool_can_be_loaded(name: str) -> None:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if (missing.name or "").split(".")[0] in OURS:
            raise
        pytest.skip(f"{missing.name} is not installed")
