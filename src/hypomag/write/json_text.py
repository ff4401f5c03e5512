"""An answer as JSON: keys in their stable order, one number format, the same bytes for the same answer."""

from __future__ import annotations

import json
from typing import Any


def write(answer: dict[str, Any]) -> str:
    return json.dumps(answer, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
