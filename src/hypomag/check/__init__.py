"""The independent last look: a rendered plan against the ceilings of the knowledge, and nothing else.

It reads the finished answer as a reader would, its numbers and its words, and imports neither the rules nor what
rendered them. What breaks a ceiling is taken out of the options and named among the refused, with the fault.
"""

from __future__ import annotations

from collections.abc import Iterator

from hypomag.check.amounts import AMOUNTS, agreeing, has_figure, most, over
from hypomag.check.by_mouth import by_mouth
from hypomag.check.by_vein import EMERGENCY, emergency, ordinary
from hypomag.check.doses import course
from hypomag.check.known import Row, ceiling
from hypomag.check.signs import guarded, wanted
from hypomag.check.words import words

__all__ = ["AMOUNTS", "course", "faults", "last_look"]


def faults(answer: Row) -> dict[str, list[str]]:
    """The faults of each option, by its key; empty where the plan keeps every ceiling."""
    treatment = answer["treatment"]
    guards = {row["guard"]: row["state"] for row in treatment["guards"]}
    found: dict[str, list[str]] = {}
    for option in treatment["options"]:
        named = list(_option(option, treatment, guards, answer["level"]["status"]))
        if named:
            found[option["key"]] = named
    return found


def last_look(answer: Row) -> Row:
    """The answer with every option that breaks a ceiling moved to the refused."""
    found = faults(answer)
    if not found:
        return answer
    treatment = answer["treatment"]
    kept = [option for option in treatment["options"] if option["key"] not in found]
    refused = [
        {
            "key": key,
            "title": key,
            "text": f"{key}: {'; '.join(named)}",
            "because": named,
            "guards": ["last_look"],
            "sources": [],
        }
        for key, named in found.items()
    ]
    return answer | {"treatment": treatment | {"options": kept, "refused": treatment["refused"] + refused}}


def _option(option: Row, treatment: Row, guards: dict[str, str], status: str) -> Iterator[str]:
    yield from words(option)
    if option["way"] != "antidote":
        yield from wanted(option, guards, status)
    yield from guarded(option, guards)
    if not has_figure(option):
        return
    yield from agreeing(option)
    if option["way"] == "antidote":
        yield from over(most(option, "grams"), ceiling("calcium_dose")["grams"], "g of calcium gluconate in a dose")
    elif option["way"] == "po":
        yield from by_mouth(option, treatment["basis"])
    elif option["way"] in EMERGENCY:
        yield from emergency(option, treatment["basis"], guards)
    else:
        yield from ordinary(option, treatment, guards)
