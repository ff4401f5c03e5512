"""Units against @lhncbc/ucum-lhc.

Makes tests/units/ucum.tsv again in a folder of its own (needs node and npm) and compares it with the committed one.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from accept import ROOT

PACKAGE = "@lhncbc/ucum-lhc@7.1.10"


def run() -> tuple[str, bool]:
    """The text for the page, and whether the committed table is what the library says."""
    committed = (ROOT / "tests" / "units" / "ucum.tsv").read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        quiet = {"cwd": folder, "check": True, "capture_output": True, "text": True}
        subprocess.run(["npm", "install", "--no-save", PACKAGE], **quiet)
        found = os.environ | {"NODE_PATH": str(Path(folder) / "node_modules")}
        made = subprocess.run(["node", str(ROOT / "accept" / "ucum.mjs")], env=found, **quiet).stdout
    pairs = len(committed.splitlines()) - 2
    same = made == committed
    return f"{pairs} conversions, made again with {PACKAGE}: {'the same table' if same else 'another table'}.\n", same
