"""The log: one JSON object a line on standard error, of fixed words and numbers. Nothing of a request's content goes in."""

from __future__ import annotations

import json
import sys
import time
from typing import TextIO


class Log:
    """Writes lines. Values are our own words, paths of our own routes, and numbers."""

    def __init__(self, to: TextIO | None = None) -> None:
        self.to = to

    def line(self, event: str, **values: str | int | float) -> None:
        said = {"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "event": event, **values}
        print(json.dumps(said, ensure_ascii=True), file=self.to or sys.stderr, flush=True)
