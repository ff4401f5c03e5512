"""The vendored files are those that their note names."""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files

FOLDER = files("hypomag") / "serve" / "page" / "static" / "vega"


def test_vendored_files_are_the_noted_ones() -> None:
    note = (FOLDER / "README.md").read_text("utf-8")
    noted = dict(re.findall(r"\| (\S+\.js) \|.*`([0-9a-f]{64})` \|", note))
    here = {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in FOLDER.iterdir() if f.name.endswith(".js")}
    assert noted == here
    for name in here:
        assert (FOLDER / f"{name.removesuffix('.min.js')}.LICENSE").is_file()
