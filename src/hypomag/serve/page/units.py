"""One choice of units for a whole page: every number that stands alone is shown in it, axes too.

A quote of the record keeps the unit it was written in; that is what a quote is.
"""

from __future__ import annotations

from functools import cache

from hypomag import knowledge

CHOICES = ("mg/dL", "mmol/L", "mEq/L")  # of magnesium; the others follow
WANTED = {  # what each choice means for everything else, first that the analyte has
    "mg/dL": ("mg/dL", "mmol/L"),
    "mmol/L": ("umol/L", "mmol/L"),
    "mEq/L": ("meq/L", "mmol/L", "mg/dL"),
}
DECILITRES = 10  # in a litre
WRITTEN = {"meq/L": "mEq/L", "umol/L": "µmol/L", "mL/min/{1.73_m2}": "mL/min/1.73 m²", "mm[Hg]": "mmHg", "Cel": "°C"}


@cache
def _factors() -> dict[str, dict[str, float]]:
    """analyte -> unit -> what a value in it is multiplied by to become canonical, and then 10000."""
    found: dict[str, dict[str, float]] = {}
    for row in knowledge.load().tables["units"].dicts():
        found.setdefault(row["analyte"], {})[row["unit"]] = float(row["to_canonical"])
    return found


def unit_of(analyte: str, unit: str | None, choice: str) -> str | None:
    """The unit in which this page shows an analyte that came in `unit`."""
    known = _factors().get(analyte, {})
    if unit is None or _key(unit) not in known:
        return unit
    if analyte == "magnesium":
        return choice
    per = unit.rpartition("/")[2]
    if per not in ("L", "dL"):  # an amount a day, an enzyme: the record's own
        return unit
    usual = ("umol/L",) if choice == "mmol/L" and analyte.startswith("creatinine") else ()
    wanted = usual + tuple(u for u in WANTED[choice] if u != "umol/L")
    return next((u for u in wanted if u in known), unit)


def convert(analyte: str, value: float | None, unit: str | None, choice: str) -> float | None:
    """The value in the unit that `unit_of` names."""
    to = unit_of(analyte, unit, choice)
    if value is None or unit is None or to is None or to == unit:
        return value
    factors = _factors()[analyte]
    return value * factors[_key(unit)] / factors[_key(to)]


def magnesium(mmol_l: float, choice: str) -> float:
    """A serum magnesium in mmol/L as the page shows it."""
    factors = _factors()["magnesium"]
    return mmol_l * factors["mmol/L"] / factors[_key(choice)]


def number(value: float | None, digits: int = 3) -> str:
    """Three figures that mean something, never 1e-05."""
    if value is None:
        return "?"
    if value == int(value) and abs(value) < 1e6:
        return f"{int(value):,}".replace(",", " ")
    if abs(value) >= 10**digits:
        return f"{value:.0f}"
    text = f"{value:.{digits}g}"
    return f"{value:.5f}" if "e" in text else text


def written(unit: str | None) -> str:
    """A unit as people write it."""
    return WRITTEN.get(unit or "", unit or "")


def _key(unit: str) -> str:
    return "meq/L" if unit == "mEq/L" else unit


def amount(mmol: float, choice: str) -> float:
    """An amount of magnesium as the page shows it: mg beside mg/dL, mmol beside mmol/L, mEq beside mEq/L."""
    per_litre = magnesium(mmol, choice)
    return per_litre * DECILITRES if choice == "mg/dL" else per_litre


def amount_unit(choice: str) -> str:
    return choice.partition("/")[0]
