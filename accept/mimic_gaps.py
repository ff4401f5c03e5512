"""Care gaps in the 68 intensive-care admissions of MIMIC-III demo, each count found a second time in plain Python.

The second count reads the CSV files itself and knows nothing of the rules: magnesium is low under 1.7 mg/dL and high
over 2.43, an episode ends at a value that is not low or after 30 days without one, any drug with "magnes" in its name
is magnesium and magnesium sulfate goes by vein.
"""

from __future__ import annotations

import csv
import gzip
import tempfile
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from accept import SHARED
from hypomag.screen.run import screen

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LAST = timedelta(seconds=86399)


def table(data: Path, name: str) -> list[dict[str, str]]:
    with gzip.open(data / "mimic-iii-demo" / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


class Stay:
    """One admission."""

    def __init__(self, row: dict[str, str]) -> None:
        self.left = at(row["dischtime"])
        self.came = at(row["admittime"])
        self.died = bool(row["deathtime"])
        self.values: list[tuple[datetime, float]] = []
        self.doses: list[tuple[datetime, datetime, bool]] = []  # first moment, last moment, by vein
        self.times: list[datetime] = [self.came]
        self.has_drugs = False

    def asked(self, has_diagnosis: bool) -> datetime:
        return max(self.times + ([self.left] if has_diagnosis else []))


def stays(data: Path) -> dict[str, Stay]:
    found = {row["hadm_id"]: Stay(row) for row in table(data, "admissions")}
    for row in table(data, "labs"):
        stay = found[row["hadm_id"]]
        stay.times.append(at(row["charttime"]))
        if row["analyte"] == "magnesium":
            stay.values.append((at(row["charttime"]), float(row["value"])))
    for row in table(data, "prescriptions"):
        stay = found[row["hadm_id"]]
        stay.has_drugs = True
        if not row["startdate"]:
            continue
        start = at(row["startdate"])
        stay.times.append(start + DAY / 2)
        if "magnes" in row["drug"].lower():
            end = at(row["enddate"]) + LAST if row["enddate"] and row["enddate"] >= row["startdate"] else None
            stay.doses.append((start, end or datetime.max, row["drug"].startswith("Magnesium Sulfate")))
    coded = {row["hadm_id"] for row in table(data, "diagnoses_icd9")}
    for who, stay in found.items():
        stay.values.sort()
        now = stay.asked(who in coded)
        stay.doses = [(a, min(b, now), v) for a, b, v in stay.doses if a + DAY / 2 <= now]
        stay.now = now  # type: ignore[attr-defined]
    return found


def episodes(stay: Stay) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    before: tuple[datetime, bool] | None = None
    for t, value in stay.values:
        low = value < 1.7
        if low and (before is None or not before[1] or t - before[0] > 30 * DAY):
            found.append({"start": t, "until": t, "nadir": value, "nadir_t": t, "over": None})
        elif low:
            found[-1]["until"] = t
            if value < found[-1]["nadir"]:
                found[-1] |= {"nadir": value, "nadir_t": t}
        elif before is not None and before[1]:
            found[-1]["over"] = t
        before = (t, low)
    return found


def judged(stay: Stay, one: dict[str, Any]) -> dict[str, Any]:
    """untreated and not_rechecked of one episode: 1, 0 or None."""
    answering = [
        (max(a + DAY / 2, one["start"]), max(a, one["start"]), max(a + DAY, one["start"]))
        for a, b, _ in stay.doses
        if b >= one["start"] and (one["over"] is None or a <= one["over"])
    ]
    by_then = one["start"] + DAY
    untreated: int | None
    if answering and min(answering)[2] <= by_then:
        untreated = 0
    elif (answering and min(answering)[1] <= by_then) or not stay.has_drugs or stay.now < by_then:  # type: ignore[attr-defined]
        untreated = None
    else:
        untreated = 1
    within = 48 * HOUR if one["nadir"] < 1.215 else 14 * DAY  # 0.5 mmol/L is 1.215 mg/dL
    again = [t for t, _ in stay.values if t > one["nadir_t"]]
    if again and again[0] <= one["nadir_t"] + within:
        rechecked: int | None = 0
    else:
        rechecked = None if stay.now < one["nadir_t"] + within else 1  # type: ignore[attr-defined]
    return {"untreated": untreated, "not_rechecked": rechecked}


def second_count(data: Path) -> dict[str, Any]:
    found: dict[str, Any] = defaultdict(set)
    for who, stay in stays(data).items():
        low = [value for _, value in stay.values if value < 1.7]
        lowest = min((value for _, value in stay.values), default=None)
        found["patients"].add((who, len(stay.values), len(low), None if lowest is None else round(lowest / 2.4305, 3)))
        for n, one in enumerate(episodes(stay), 1):
            says = judged(stay, one)
            key = (who, n, one["start"], one["until"], round(one["nadir"] / 2.4305, 3), one["over"])
            found["episodes"].add((*key, says["untreated"], says["not_rechecked"]))
            found["untreated"] |= {who} if says["untreated"] == 1 else set()
            found["not_rechecked"] |= {who} if says["not_rechecked"] == 1 else set()
        inside = [value for t, value in stay.values if stay.came <= t <= stay.left]
        if inside and inside[-1] < 1.7 and not stay.died:
            found["discharged_low"].add(who)
        for t, value in stay.values:
            if value > 2.43 and any(a <= t and b >= t - DAY for a, b, _ in stay.doses):
                found["high_given"].add(who)
        if not stay.values:
            found["not_measured"].add(who)
    return found


def screened(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = defaultdict(set)
    rows = duckdb.sql(
        f"select patient, n_magnesium, n_low, lowest_mmol_l, status from '{out}/patients.parquet'"
    ).fetchall()
    found["patients"] = {(who, n, low, None if value is None else round(value, 3)) for who, n, low, value, _ in rows}
    found["not_measured"] = {who for who, *_, status in rows if status == "not_measured"}
    found["episodes"] = {
        (who, n, start, until, round(nadir, 3), over, untreated, rechecked)
        for who, n, start, until, nadir, over, untreated, rechecked in duckdb.sql(
            "select patient, episode, start, until, nadir_mmol_l, resolved_at, untreated, not_rechecked "
            f"from '{out}/episodes.parquet'"
        ).fetchall()
    }
    for who, gap in duckdb.sql(
        f"select distinct patient, key from '{out}/findings.parquet' where part = 'gap' and holds = 1"
    ).fetchall():
        found[gap].add(who)
    return found


def run(data: Path = SHARED / "data") -> tuple[str, bool]:
    """The table of counts, and whether both agree."""
    with tempfile.TemporaryDirectory() as folder:
        screen(data / "mimic-iii-demo", Path(folder) / "out", format="mimic")
        mine, theirs = second_count(data), screened(Path(folder) / "out")
    checked = ("patients", "not_measured", "episodes", "untreated", "not_rechecked", "discharged_low", "high_given")
    lines, differing = ["| what | screening | second count | differ |", "|---|---|---|---|"], 0
    for what in checked:
        differ = theirs[what] ^ mine[what]
        differing += len(differ)
        lines.append(f"| {what} | {len(theirs[what])} | {len(mine[what])} | {len(differ)} |")
        lines += [f"| | {one} | | |" for one in sorted(map(str, differ))[:5]]
    for what in sorted(theirs.keys() - set(checked)):
        lines.append(f"| {what} | {len(theirs[what])} | not counted: rests on recognised drugs, signs or weights | |")
    return "\n".join(lines), differing == 0
