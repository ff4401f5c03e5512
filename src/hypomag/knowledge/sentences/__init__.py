"""What people read, in one folder of TOML files a language; a translator adds a folder."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def sentences(language: str = "en") -> dict[str, Any]:
    """All sentences of a language: `sentences()["flags"]["old"]`. Raises LookupError for a language without a folder."""
    folder = files("hypomag") / "knowledge" / "sentences" / language
    if not folder.is_dir():
        raise LookupError(f"there are no sentences in {language!r}: add knowledge/sentences/{language}/")
    merged: dict[str, Any] = {}
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            merged |= tomllib.loads(file.read_text("utf-8"))
    return merged
