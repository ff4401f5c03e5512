"""The bars that need the published cases, third-party records or npm packages, which are not part of the project.

`make accept` runs each module here and writes what it measured into docs/trust/acceptance.md. The folder with `cases/` and
`data/` is ../shared, or HYPOMAG_SHARED.
"""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("HYPOMAG_SHARED", ROOT.parent / "shared"))
