"""The replacement protocol asked for: one of the published ones by its name, or a hospital's own file.

Both are rows of knowledge/treat/protocols.csv's columns, both go through the same rules, guards and last look. A file
that cannot be trusted is refused in a sentence with its line and field (docs/how-to/protocol.md).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypomag import knowledge
from hypomag.engine.texts import INPUTS
from hypomag.knowledge.values import SCALE, reader

Row = dict[str, Any]
NEEDED = ("protocol", "band", "name", "action", "source")
WAYS = {"iv": "by vein", "im": "into the muscle", "po": "by mouth"}
HOUR = 3600


@dataclass(frozen=True)
class Protocol:
    """Bands as the rules take them, the concepts that leave a patient out, and what an answer says of it."""

    key: str
    name: str
    source: str
    standing: str
    file: str | None
    bands: list[Row] = field(default_factory=list)
    excludes: tuple[str, ...] = ()

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """What the rules read of it: the inputs protocol_bands and protocol_excludes."""
        bands = [tuple(band.get(column) for column in INPUTS["protocol_bands"]) for band in self.bands]
        return {"protocol_bands": bands, "protocol_excludes": [(self.key, concept) for concept in self.excludes]}

    def said(self) -> Row:
        """What an answer says of it."""
        return {"key": self.key, "name": self.name, "source": self.source, "standing": self.standing, "file": self.file}


def named(asked: str | Path | None) -> Protocol | None:
    """The protocol of a published name, or of a CSV file. Raises ValueError in a sentence."""
    if asked is None:
        return None
    if isinstance(asked, Path) or str(asked).endswith(".csv"):
        return own(Path(asked))
    rows = [row for row in _published() if row["protocol"] == asked]
    if not rows:
        raise ValueError(f"there is no protocol {asked!r}; there are {', '.join(names())}, or a file.csv of your own")
    dosed = [row for row in rows if row["standing"] == "seen" and _has_dose(row)]
    if not dosed:
        raise ValueError(f"the dose table of {asked} was not seen, so it gives no dose; there are {', '.join(names())}")
    return _made(dosed, None)


def names() -> list[str]:
    """The published protocols that may be asked for."""
    return sorted({row["protocol"] for row in _published() if row["standing"] == "seen" and _has_dose(row)})


def own(file: Path) -> Protocol:
    """A hospital's own protocol. Raises ValueError, a sentence with line and field, at the first fault."""
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{file.name} cannot be read as UTF-8 text: {error}") from None
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip() and not line.startswith("#")]
    if len(lines) < 2:
        raise ValueError(f"{file.name} needs a header line and at least one band under it")
    table = list(csv.reader(io.StringIO("\n".join(line for _, line in lines))))
    if len(table) != len(lines):
        raise ValueError(f"{file.name}: a cell in quotes runs over the end of its line; keep one band on one line")
    header = [cell.strip() for cell in table[0]]
    kinds = knowledge.load().tables["protocols"].kinds
    for column in header:
        if column not in kinds or column == "reviewed":
            raise ValueError(
                f"{file.name} line {lines[0][0]}: there is no field {column!r}; see docs/how-to/protocol.md"
            )
    if len(set(header)) != len(header):
        raise ValueError(f"{file.name} line {lines[0][0]}: a field stands there twice")
    rows = []
    for (line, _), cells in zip(lines[1:], table[1:], strict=True):
        where = f"{file.name} line {line}"
        if len(cells) != len(header):
            raise ValueError(f"{where} has {len(cells)} cells, the header {len(header)}: quote what has a comma")
        row = dict.fromkeys(kinds) | _read(dict(zip(header, cells, strict=True)), kinds, where)
        for fault in _faults(row):
            raise ValueError(f"{where}, {fault}")
        rows.append(row)
    if len({row["protocol"] for row in rows}) > 1 or len({row["band"] for row in rows}) < len(rows):
        raise ValueError(f"{file.name}: one file holds one protocol, and each of its bands has a number of its own")
    return _made(rows, file.name)


def _published() -> list[Row]:
    return knowledge.load().tables["protocols"].dicts()


def _has_dose(row: Row) -> bool:
    return row["route"] is not None and (row["grams"] is not None or row["mmol_day"] is not None)


def _made(rows: list[Row], file: str | None) -> Protocol:
    first = rows[0]
    key = first["protocol"]
    standing = "local" if file else first["standing"]
    excludes = dict.fromkeys(part for row in rows for part in (row["exclude"] or "").split(";") if part)
    bands = [
        row
        | {
            "treatment": f"{key}_{row['band']}",
            "way": row["route"],
            "figure": "grams" if row["grams"] is not None else "mmol_day",
            "standing": standing,
            "grams_low": row["grams"] if row["grams_low"] is None else row["grams_low"],
            "mmol_day_low": row["mmol_day"] if row["mmol_day_low"] is None else row["mmol_day_low"],
        }
        for row in rows
    ]
    return Protocol(key, first["name"], first["source"], standing, file, bands, tuple(excludes))


def _read(cells: Row, kinds: dict[str, str], where: str) -> Row:
    """The cells as the rules see them."""
    found: Row = {}
    for column, text in cells.items():
        text, kind = text.strip(), kinds[column]
        if column in NEEDED and not text:
            raise ValueError(f"{where}, field {column}: is empty and must not be")
        if not text:
            continue
        if column in ("source", "standing"):
            found[column] = text
            continue
        try:
            found[column] = reader(kind.removesuffix("?"))[1](text)
        except ValueError as error:
            raise ValueError(f"{where}, field {column}: {text!r} {error}") from None
    for column in NEEDED:
        if column not in found:
            raise ValueError(f"{where} has no field {column}")
    return found


def _faults(row: Row) -> Iterator[str]:
    """What is wrong with a band: its words, its arithmetic, and the ceilings of the knowledge."""
    tables = knowledge.load().tables
    known = set(tables["concepts"].column("concept")) | {"symptoms"}
    for concept in (row["exclude"] or "").split(";"):
        if concept and concept not in known:
            yield f"field exclude: {concept!r} is no concept of knowledge/facts/concepts.csv; divide several by ;"
    if row["salt"] is not None and row["salt"] not in tables["salts"].column("salt"):
        yield f"field salt: {row['salt']!r} is not in knowledge/treat/salts.csv"
    if row["route"] is None:
        yield "field route: is empty; write iv, im or po"
    elif row["route"] == "po":
        if row["mmol_day"] is None or row["grams"] is not None:
            yield "field mmol_day: an amount by mouth is millimoles of magnesium a day, and no grams"
    elif (row["grams"] is None) == (row["mmol_day"] is None):
        yield f"field grams: {WAYS[row['route']]} write grams of magnesium sulfate a dose, or mmol_day, not both"
    elif row["route"] == "iv" and (row["hours"] is None) == (row["rate_g_per_h"] is None):
        yield "field hours: by vein write how many hours a dose runs, or rate_g_per_h, not both"
    for low, high in (("grams_low", "grams"), ("mmol_day_low", "mmol_day")):
        if row[low] is not None and (row[high] is None or row[low] > row[high]):
            yield f"field {low}: is above {high}"
    if (row["doses"] or 1) > 1 and row["route"] != "po" and not row["interval_hours"]:
        yield "field interval_hours: is empty, though there is more than one dose"
    for column in ("grams", "mmol_day", "hours", "doses", "rate_g_per_h", "volume_ml"):
        if row[column] is not None and row[column] <= 0:
            yield f"field {column}: must be above 0"
    if (row["renal_factor"] is None) != (row["renal_egfr_below"] is None):
        yield "field renal_factor: goes with renal_egfr_below, both or none"
    elif row["renal_factor"] is not None and not 0 < row["renal_factor"] <= SCALE:
        yield "field renal_factor: must be above 0 and not above 1"
    yield from _past_a_ceiling(row)


def _past_a_ceiling(row: Row) -> Iterator[str]:
    """What no protocol may pass; guards and the last look hold besides."""
    ceilings = {r["ceiling"]: r for r in knowledge.load().tables["ceilings"].dicts()}
    salts = {r["salt"]: r for r in knowledge.load().tables["salts"].dicts()}
    one_gram, limits = salts["sulfate_hepta"]["mmol_low"], knowledge.load().tables["limits"].dicts()[0]
    doses, interval, hours = row["doses"] or 1, row["interval_hours"], row["hours"]
    if row["route"] == "po":
        if (row["mmol_day"] or 0) * limits["mg_per_mmol"] > ceilings["oral_day"]["elemental_mg"] * SCALE:
            most = ceilings["oral_day"]["elemental_mg"]
            yield (
                f"field mmol_day: is above {most / limits['mg_per_mmol']:.4g} mmol ({most / SCALE:g} mg of magnesium), "
                "the most by mouth in a day"
            )
        return
    grams = row["grams"] if row["grams"] is not None else (row["mmol_day"] or 0) * SCALE / one_gram
    in_a_day = doses if not interval else min(doses, -(-24 * HOUR // interval))
    what = "grams" if row["grams"] is not None else "mmol_day"
    rate = row["rate_g_per_h"] or (grams * HOUR / hours if hours else 0)
    if row["route"] == "iv" and rate > ceilings["iv_rate_highest"]["grams"] * 1.0001:
        yield f"field {what}: makes {rate / SCALE:.4g} g an hour; the highest rate is {_g(ceilings['iv_rate_highest'])}"
    if grams * in_a_day * one_gram > ceilings["iv_day_published"]["mmol"] * SCALE:
        most = ceilings["iv_day_published"]["mmol"]
        yield (
            f"field {what}: makes {grams * in_a_day / SCALE:.4g} g in 24 hours; the most is {most / SCALE:g} mmol "
            f"({most / one_gram:.3g} g)"
        )
    if grams * doses > ceilings["iv_course"]["grams"]:
        yield f"field doses: makes {grams * doses / SCALE:.4g} g in all; the most is {_g(ceilings['iv_course'])}"
    if row["route"] == "im" and grams * in_a_day > ceilings["im_day"]["grams"]:
        yield f"field {what}: into the muscle the most in 24 hours is {_g(ceilings['im_day'])}"


def _g(ceiling: Row) -> str:
    return f"{ceiling['grams'] / SCALE:g} g"
