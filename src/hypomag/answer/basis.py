"""The part `basis`: what an answer rests on, so that a clinician can review it independently."""

from __future__ import annotations

from typing import Any

from hypomag.answer.facts import Row
from hypomag.knowledge.sentences import sentences


def basis(answer: dict[str, Any], about: dict[str, str], language: str = "en") -> Row:
    """Facts used, what was not used and why, the rules that spoke, limits, for whom, sources and version.

    about: what each rule says of itself, by its name.
    """
    said = sentences(language)["basis"]
    used = {fact["row"]: fact for reason in answer["trail"] for fact in reason["evidence"]}
    spoke = {reason["rule"] for reason in answer["trail"]}
    return {
        "used": [used[row] for row in sorted(used)],
        "not_used": _not_used(answer),
        "rules": [{"rule": name, "about": about[f"{name}_because"]} for name in sorted(spoke)],
        "other_readings": [
            f"{other['profile']}: {other['status']}"
            for other in answer["level"]["other_profiles"]
            if other["status"] != answer["level"]["status"]
        ],
        "intended_user": said["intended_user"],
        "limits": list(said["limits"]),
        "sources": [row["source"] for row in answer["sources"]],
        "version": answer["version"],
    }


def _not_used(answer: dict[str, Any]) -> list[Row]:
    unreadable = [(row, row["because"]) for row in answer["level"]["unreadable"] + answer["unreadable"]]
    two_ways = [(row, row["because"]) for row in answer["contradictions"]]
    return [
        *({"what": row["source_ref"], "because": row["reason"]} for row in answer["left_out"]),
        *({"what": row["text"], "because": "not_recognised"} for row in answer["not_recognised"]),
        *(
            {"what": fact["source_ref"], "because": why}
            for row, why in unreadable + two_ways
            for fact in row["evidence"]
        ),
    ]
