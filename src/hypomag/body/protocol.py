"""A replacement protocol as data: level bands, each with a dose in words and a recheck; who it leaves out and halves.

name = "Two bands"
unit = "mmol/L"
every = "24 h"            # rounds: when levels are drawn and orders given
delay = "2 h"             # from the sample to the dose
[kidney]                  # optional; a band may have its own [bands.kidney]
egfr_below = 30           # factor x the dose below it
factor = 0.5
none_below = 15           # no dose below it
[[bands]]                 # half-open, from <= level < below; a level in no band gets nothing
below = 0.5
dose = "magnesium sulfate 4 g IV over 4 h"    # or dose_per_kg = "0.5 mmol magnesium IV over 8 h", times the weight
recheck = "24 h"
weight_from = 50          # kg, optional, with weight_below: whom the band is for
"""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np

from hypomag.body.amounts import hours
from hypomag.body.course import SERUM_UNITS
from hypomag.body.doses import event_rows, read_dose
from hypomag.body.known import Mistake, read_toml

KEYS = {"name", "source", "standing", "unit", "every", "delay", "kidney", "bands", "assumed", "text"}
BAND_KEYS = {"from", "below", "dose", "dose_per_kg", "recheck", "why", "kidney", "weight_from", "weight_below"}
KIDNEY_KEYS = {"egfr_below", "factor", "none_below"}
SUPPLIED = files("hypomag") / "cases" / "trial"


@dataclass(frozen=True)
class Dose:
    """One dose of a band: hours after the order, mmol (or mmol per kg), hours it runs (0 = at once), pool."""

    after: float
    amount: float
    runs: float
    pool: str


@dataclass(frozen=True)
class Kidney:
    """What share of a dose each eGFR (mL/min/1.73 m2) gets."""

    below: float
    factor: float
    none_below: float

    def share(self, egfr: np.ndarray) -> np.ndarray:
        return np.where(egfr < self.none_below, 0.0, np.where(egfr < self.below, self.factor, 1.0))


@dataclass(frozen=True)
class Band:
    low: float  # mmol/L, the level is from low to below high
    high: float
    doses: tuple[Dose, ...]
    per_kg: bool
    recheck: float  # hours
    kidney: Kidney
    lightest: float  # kg, whom it is for: from lightest to below heaviest
    heaviest: float

    @property
    def by_weight(self) -> bool:
        return self.per_kg or self.lightest > 0 or self.heaviest < np.inf


@dataclass(frozen=True)
class Protocol:
    name: str
    bands: tuple[Band, ...]
    every: float
    delay: float
    source: str
    assumed: tuple[str, ...]

    def band(self, level: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """The index of the band of each level (mmol/L) and weight (kg), -1 where no band holds them."""
        found = np.full(np.shape(level), -1)
        for i, band in reversed(list(enumerate(self.bands))):
            fits = (level >= band.low) & (level < band.high) & (weight >= band.lightest) & (weight < band.heaviest)
            found[fits] = i
        return found


def supplied(kind: str) -> dict[str, Path]:
    """Protocols or wards that come with hypomag, by name."""
    folder = Path(str(SUPPLIED / kind))
    return {file.stem: file for file in sorted(folder.glob("*.toml"))}


def find(name: str, kind: str) -> Path:
    """A file, or the name of a supplied protocol or ward. Raises Mistake with those that are supplied."""
    path = Path(name)
    if path.suffix == ".toml" or path.is_file():
        return path
    known = supplied(kind)
    if name not in known:
        raise Mistake(f"'{name}' is neither a file nor a supplied one of: {', '.join(known)}.")
    return known[name]


def read_protocol(path: Path) -> Protocol:
    """The protocol of a TOML file. Raises Mistake with the path of what cannot be read."""
    return protocol(read_toml(path), path.name)


def protocol(given: dict, where: str = "protocol") -> Protocol:
    if unknown := set(given) - KEYS:
        raise Mistake(f"{where}.{sorted(unknown)[0]} is not known; a protocol has {', '.join(sorted(KEYS))}.")
    unit = given.get("unit", "mmol/L")
    if unit not in SERUM_UNITS:
        raise Mistake(f"{where}.unit is '{unit}'; it is one of {', '.join(SERUM_UNITS)}.")
    rows = given.get("bands")
    if not isinstance(rows, list) or not rows:
        raise Mistake(f"{where}.bands is missing; write [[bands]] for each band of levels.")
    kidney = read_kidney(given.get("kidney", {}), f"{where}.kidney")
    every = hours(given.get("every", 24.0), f"{where}.every")
    if not 1 <= every <= 168:
        raise Mistake(f"{where}.every is {every:g} h; it is from 1 h to a week.")
    bands = tuple(band(row, f"{where}.bands[{i}]", SERUM_UNITS[unit], every, kidney) for i, row in enumerate(rows))
    return Protocol(
        name=str(given.get("name", where)),
        bands=bands,
        every=every,
        delay=hours(given.get("delay", 0.0), f"{where}.delay"),
        source=str(given.get("source", "")),
        assumed=tuple(given.get("assumed", [])),
    )


def read_kidney(given: dict, where: str) -> Kidney:
    if unknown := set(given) - KIDNEY_KEYS:
        raise Mistake(f"{where}.{sorted(unknown)[0]} is not known; it has {', '.join(sorted(KIDNEY_KEYS))}.")
    return Kidney(
        number(given.get("egfr_below", 0.0), 0, 250, f"{where}.egfr_below"),
        number(given.get("factor", 1.0), 0, 1, f"{where}.factor"),
        number(given.get("none_below", 0.0), 0, 250, f"{where}.none_below"),
    )


def band(row: dict, where: str, factor: float, every: float, kidney: Kidney) -> Band:
    if unknown := set(row) - BAND_KEYS:
        raise Mistake(f"{where}.{sorted(unknown)[0]} is not known; a band has {', '.join(sorted(BAND_KEYS))}.")
    if "below" not in row:
        raise Mistake(f"{where}.below is missing; write the level under which the band holds.")
    low = number(row.get("from", 0.0), 0, 50, f"{where}.from") / factor
    high = number(row["below"], 0, 50, f"{where}.below") / factor
    if high <= low:
        raise Mistake(f"{where}: below is not above from, so the band holds no level.")
    if ("dose" in row) == ("dose_per_kg" in row):
        raise Mistake(f"{where}: write either dose or dose_per_kg.")
    per_kg = "dose_per_kg" in row
    key = "dose_per_kg" if per_kg else "dose"
    doses = tuple(d for event in event_rows(read_dose(row[key], 0.0, f"{where}.{key}")) for d in singly(event))
    if "kidney" in row:
        kidney = read_kidney(row["kidney"], f"{where}.kidney")
    lightest = number(row.get("weight_from", 0.0), 0, 500, f"{where}.weight_from")
    heaviest = number(row["weight_below"], 0, 500, f"{where}.weight_below") if "weight_below" in row else np.inf
    if heaviest <= lightest:
        raise Mistake(f"{where}: weight_below is not above weight_from, so the band is for nobody.")
    recheck = hours(row.get("recheck", every), f"{where}.recheck")
    return Band(low, high, doses, per_kg, recheck, kidney, lightest, heaviest)


def singly(event: dict) -> list[Dose]:
    """The doses of an event row, one by one."""
    runs = event["amt"] / event["rate"] if event["rate"] > 0 else 0.0
    return [
        Dose(event["time"] + k * event["ii"], float(event["amt"]), runs, event["cmt"])
        for k in range(int(event["addl"]) + 1)
    ]


def number(value: object, low: float, high: float, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise Mistake(f"{where} is '{value}'; it is a number from {low:g} to {high:g}.")
    return float(value)
