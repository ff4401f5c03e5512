"""The picture of the body: where organs stand and how wide each flow is drawn. Widths are to scale within one picture."""

from __future__ import annotations

from typing import Any

from hypomag.serve.page import units
from hypomag.serve.page.person import Rest

WIDEST = 34.0  # what the largest flow of the picture measures across
THINNEST = 1.0
NOTHING = 0.005  # mmol a day: under it no flow is drawn
# Organ: x, y, width, height, the pools in it, and what it is called.
ORGANS: dict[str, tuple[int, int, int, int, tuple[str, ...], str]] = {
    "gut": (16, 112, 128, 92, ("gut",), "Gut"),
    "plasma": (232, 112, 116, 92, ("central",), "Plasma"),
    "bone": (400, 28, 116, 86, ("exchangeable", "crystal"), "Bone"),
    "cells": (400, 178, 116, 86, ("fast", "slow"), "Cells"),
    "kidney": (232, 262, 116, 58, (), "Kidney"),
}
# Flow: the curve it follows up to its head, where its figure stands and how that is anchored, and what it is called.
FLOWS: dict[str, tuple[str, tuple[int, int, str], str]] = {
    "food": ("M80 40 L80 100", (106, 62, "start"), "eaten"),
    "absorbed": ("M144 156 L220 156", (188, 106, "middle"), "taken up"),
    "not_absorbed": ("M56 204 L56 318", (56, 350, "middle"), "not taken up"),
    "secreted": ("M252 204 C244 268 172 262 164 318", (164, 350, "middle"), "lost into the gut"),
    "urine": ("M290 204 L290 250", (0, 0, "start"), "filtered and lost"),
    "urine_out": ("M290 320 L290 334", (290, 364, "middle"), "urine"),
    "bone": ("M348 134 C374 134 370 74 388 74", (458, 130, "middle"), "to bone"),
    "cells": ("M348 182 C374 182 374 220 388 220", (458, 280, "middle"), "to cells"),
    "elsewhere": ("M336 204 C352 270 372 312 392 326", (458, 322, "middle"), "skin, drains, dialysis"),
}
# The same where it runs the other way, out of a store: its curve, and what it is called.
BACK = {
    "bone": ("M400 74 C372 74 374 134 360 134", "from bone"),
    "cells": ("M400 220 C374 220 374 182 360 182", "from cells"),
}
# Where each failing step is marked, beside its organ or flow.
MARKS = {
    "intake": (106, 34, "start"),
    "absorption": (188, 88, "middle"),
    "gi_loss": (164, 398, "middle"),
    "renal_loss": (318, 340, "start"),
    "redistribution": (458, 296, "middle"),
    "other": (458, 372, "middle"),
}


def draw(now: Rest | None, usual: Rest, choice: str, step: str | None) -> dict[str, Any]:
    """What the template draws: organs with how full they are, flows with width and figure, and the mark of the step.

    now: None where this body is not known. Then only what is usual is drawn, and nothing says how full a pool is: a
    pool that nobody measured must not look full.
    """
    most = max(*(now or usual).flows.values(), *usual.flows.values())
    flows = [_flow(name, now, usual, most, choice) for name in FLOWS]
    organs = [_organ(name, now, usual, choice) for name in ORGANS]
    mark = None
    if step in MARKS:
        x, y, anchor = MARKS[step]
        mark = {"x": x, "y": y, "anchor": anchor}
    return {
        "organs": organs,
        "flows": [flow for flow in flows if flow["width"] or flow["usual_width"]],
        "exchange": [FLOWS[name][0] for name in ("bone", "cells")],  # goes on all the time, both ways alike at rest
        "mark": mark,
        "unit": units.amount_unit(choice),
        "scale": {"width": round(_width(most, most), 1), "text": units.number(units.amount(most, choice))},
        "known": now is not None,
    }


def _width(flow: float, most: float) -> float:
    return max(THINNEST, WIDEST * abs(flow) / most) if abs(flow) >= NOTHING else 0.0


def _flow(name: str, now: Rest | None, usual: Rest, most: float, choice: str) -> dict[str, Any]:
    of = "urine" if name == "urine_out" else name
    path, (x, y, anchor), called = FLOWS[name]
    theirs = usual.flows[of]
    mine = theirs if now is None else now.flows[of]
    width = _width(mine, most)
    if mine < -NOTHING and name in BACK:
        path, called = BACK[name]
    return {
        "name": name,
        "called": called,
        "path": path,
        "width": 0 if now is None else round(width, 1),
        "usual_width": round(_width(theirs, most), 1),
        "x": x,
        "y": y,
        "anchor": anchor,
        "text": units.number(_figure(units.amount(abs(mine), choice))),
        "usual": units.number(_figure(units.amount(abs(theirs), choice))),
        "named": name != "urine",  # the same amount once more on its way to the kidney: drawn, not named
    }


def _figure(value: float) -> float:
    """Two decimals are enough for a picture."""
    return round(value, 2)


def _organ(name: str, now: Rest | None, usual: Rest, choice: str) -> dict[str, Any]:
    x, y, width, height, pools, called = ORGANS[name]
    holds = sum(now.pools[pool] for pool in pools) if now else 0.0
    should = sum(usual.pools[pool] for pool in pools)
    share = holds / should if should and now else None
    full = 0.0 if share is None else min(1.0, share) * (height - 4)
    return {
        "name": name,
        "called": called,
        "x": x,
        "y": y,
        "width": width,
        "height": height,
        "full": round(full, 1),
        "amount": None if share is None else units.number(_figure(units.amount(holds, choice))),
        "usual": None if not should else units.number(_figure(units.amount(should, choice))),
        "share": None if share is None else round(100 * share),
    }
