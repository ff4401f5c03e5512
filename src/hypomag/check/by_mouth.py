"""Magnesium by mouth: the day with what is taken already, the kidney, and tablets that hold what their row says."""

from __future__ import annotations

from collections.abc import Iterator

from hypomag.check.amounts import ROUNDING, most, over
from hypomag.check.known import Row, ceiling, limit, rows


def by_mouth(option: Row, basis: Row) -> Iterator[str]:
    taken = basis["magnesium_by_mouth_24h_mmol"]
    if taken is None:
        yield "a figure although the magnesium taken by mouth is not known"
        return
    if basis["egfr"] is None:
        yield "a figure without a creatinine"
        return
    if basis["egfr"] < limit("kidney_none"):
        yield f"a figure at an eGFR of {basis['egfr']:g}"
    share = 0.5 if basis["egfr"] < limit("kidney_half") else 1.0
    counted = [max(product["elemental_mg"]) for product in option["products"]]
    for mg in counted:
        yield from over(mg, (most(option, "elemental_mg") or 0) * (1 + ROUNDING), "mg in whole tablets")
    for product in option["products"]:
        one = max(product["elemental_mg"]) / max(sum(product["doses_high"]), 1)
        yield from over(
            sum(product["doses_low"]) * one, max(product["elemental_mg"]) * (1 + ROUNDING), "mg in the fewest"
        )
        yield from _tablets(product)
    total = max([most(option, "elemental_mg") or 0, *counted]) + taken * limit("mg_per_mmol")
    yield from over(total, share * ceiling("oral_day")["elemental_mg"], "mg of magnesium by mouth in a day")
    if basis["age_years"] is None:
        yield "a figure without an age"


def _tablets(product: Row) -> Iterator[str]:
    """A count of tablets is the magnesium that the salt's own row says."""
    salt = next((row for row in rows("salts") if row["salt"] == product["salt"]), None)
    if salt is None or salt["elemental_mg_high"] is None:
        yield f"{product['salt']} is no product whose magnesium is known"
        return
    meant = sum(product["doses_high"]) * salt["elemental_mg_high"] / 10_000
    if abs(max(product["elemental_mg"]) - meant) > ROUNDING * meant:
        yield f"{sum(product['doses_high'])} of {product['unit']} hold {meant:.4g} mg, not {max(product['elemental_mg']):.4g}"
