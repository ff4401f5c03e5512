"""One answer against the independent grader: agreed, wider than it need be, or silently wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.grader import grader

Json = dict[str, Any]


def verdict(bundle: Json, answer: Json, at: datetime | None = None, plan: bool = True) -> tuple[str, str]:
    """(`agree` | `wider` | `wrong`, why). Wrong: surer than the record allows, another level, or a ceiling broken."""
    levels, grades = grader.level(bundle, at)
    level = answer["level"]
    said, said_grades = set(level["possible"]), set(level["ctcae_possible"])
    if not levels:
        if level["status"] not in ("not_measured", "cannot_tell"):
            return "wrong", f"nobody measured, and the answer is {level['status']}"
    elif level["status"] in ("low", "normal", "high") and levels != {level["status"]}:
        return "wrong", f"says {level['status']}, the record leaves {sorted(levels)}"
    elif not levels <= said:
        return "wrong", f"says {sorted(said)}, the record leaves {sorted(levels)}"
    elif level["ctcae_grade"] is not None and grades != {level["ctcae_grade"]}:
        return "wrong", f"grade {level['ctcae_grade']}, the record leaves {sorted(grades)}"
    elif said_grades and not grades <= said_grades:
        return "wrong", f"grades {sorted(said_grades)}, the record leaves {sorted(grades)}"
    options = answer["treatment"]["options"]
    if level["status"] == "cannot_tell":  # an answer that abstains may name what a seizure is given, without a figure
        options = [option for option in options if option["mmol"] is not None or option["most"]]
    if plan and (ceilings := grader.broken(bundle, options, at)):
        return "wrong", "; ".join(ceilings)
    if levels and (said != levels or (grades and said_grades != grades)):
        return (
            "wider",
            f"says {sorted(said)} {sorted(said_grades)}, the record leaves {sorted(levels)} {sorted(grades)}",
        )
    return "agree", ""
