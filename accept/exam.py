"""The blind exam on the published cases

Bars: detection and grade right in all, no look-alike called low, no emergency missed; on causes that the authors
stated: mechanism 95 %, cause first 80 %, cause in the first three 95 %.
"""

from __future__ import annotations

from accept import SHARED
from hypomag import exam

BARS = {
    "detection": 1.0,
    "grade": 1.0,
    "emergency seen": 1.0,
    "no cause named when not low": 1.0,
    "mechanism (stated)": 0.95,
    "cause first (stated)": 0.80,
    "cause in first three (stated)": 0.95,
}
CALM = (
    '"Calm kept": which rules call the other patients urgent, and whether a source backs them, stands in '
    "[the level and the urgency](../why/level-and-urgency.md#where-this-is-louder-than-the-authors-of-published-cases)."
)


def run() -> tuple[str, bool]:
    result = exam.exam(SHARED / "cases")
    met = all(s["share"] is None or s["share"] >= BARS.get(s["score"], 0.0) for s in result["scores"])
    return f"`hypomag exam ../shared/cases`\n\n```\n{exam.write(result)}```\n\n{CALM}\n", met
