"""Times screening against a bare scan of the same columns and against one assess after the other, in one run.

    python bench/screen_data.py POP --patients 1000000
    python bench/screen_speed.py POP [--full] [--loop 300]

Each part runs in a process of its own; figures are CPU seconds (user and system) and the peak resident set. --full adds
the runs that also keep whole answers: of those who are low (one in nine of the population), and of everybody on the
worklist (one in three). The loop assesses --loop patients one by one
and is scaled up.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time

SCAN = """
import sys, duckdb
from hypomag.record import TABLES
wanted = {"observations": "patient row status start start_precision known_at code system text specimen value "
    "value_text "
    "unit_text unit comparator ref_low ref_high ref_unit flag presence order_ref note source_ref",
  "medications": "patient row status start start_precision until known_at kind code system text dose dose_unit route "
    "frequency source_ref",
  "conditions": "patient row status start until known_at code system text negated past source_ref",
  "encounters": "patient row status start until class ward", "patients": "patient row id birth sex deceased until"}
db = duckdb.connect()
for table, columns in wanted.items():
    kinds = TABLES[table]
    sums = ", ".join(f'sum(length("{c}"))' if kinds[c] == "text" else f'sum("{c}")' for c in columns.split())
    db.execute(f"select {sums} from '{sys.argv[1]}/{table}.parquet'").fetchall()
"""
SCREEN = """
import sys
from pathlib import Path
from hypomag.screen.run import screen
screen(Path(sys.argv[1]), Path(sys.argv[2]), format="record", answers=sys.argv[3])
"""
CORE = """
import sys
from pathlib import Path
from hypomag.engine.duckdb import Ward
from hypomag.read import parquet
from hypomag.screen import chunks, sources
from hypomag.screen.plan import Plan
from hypomag.screen.words import Words
source, out = Path(sys.argv[1]), Path(sys.argv[2])
ward = Ward(memory_limit="1GB", temp_directory=f"{out}/spill")
words, wanted = Words(ward), ("level", "companion", "gap")
out.mkdir(parents=True)
for first, last in sources.chunks("record", source, ward, None):
    parquet.fill(ward.db, source, first, last)
    words.fill()
    chunks.ask(ward, Plan("record", "duckdb", None, None, "ctcae_v5", "none", 5, [], {}))
    ward.make_relations(wanted)
    for name in wanted:
        chunks.save(ward, f"from {name}", out / f"{name}-{first}.parquet")
"""
LOOP = """
import sys
from pathlib import Path
from hypomag.assess import assess
from hypomag.engine.duckdb import Ward
from hypomag.read import parquet
from hypomag.record import TABLES, Record
from hypomag.write import json_text
import time
ward = Ward()
n = int(sys.argv[2])
parquet.fill(ward.db, Path(sys.argv[1]), 1, n)
people = {p: {name: [] for name in TABLES} for p in range(1, n + 1)}
for name in TABLES:
    for fact in ward.read(f"select * from {name} order by patient, row"):
        people[fact["patient"]][name].append(fact)
for p, tables in people.items():
    if p == n // 10:  # the first tenth warms up
        began = time.process_time()
    json_text.write(assess(Record(tables=tables, sealed=True)))
print((time.process_time() - began) / (n - n // 10 + 1))
"""


def measured(code: str, *given: str) -> dict[str, float]:
    """CPU seconds, wall seconds and peak megabytes of a program run alone, and what it printed."""
    watch = (
        "import resource, subprocess, sys, json; done = subprocess.run([sys.executable, '-c', *sys.argv[1:]], "
        "check=True, "
        "capture_output=True, text=True); used = resource.getrusage(resource.RUSAGE_CHILDREN); "
        "print(json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, done.stdout]))"
    )
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", watch, code, *given], check=True, capture_output=True, text=True)
    cpu, peak, said = json.loads(done.stdout)
    return {"cpu": cpu, "wall": time.monotonic() - began, "peak_mb": peak, "said": said}


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("population")
    ask.add_argument("--full", action="store_true")
    ask.add_argument("--loop", type=int, default=300)
    given = ask.parse_args()
    import duckdb

    found = duckdb.sql(f"select count(*) from '{given.population}/patients.parquet'").fetchall()
    patients = found[0][0]
    scan = measured(SCAN, given.population)
    print(f"bare scan: {scan['cpu']:.1f} CPU s, {scan['wall']:.1f} s", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        run = measured(CORE, given.population, f"{folder}/core")
        print(
            f"level, companions and care gaps alone: {run['cpu']:.1f} CPU s ({run['cpu'] / scan['cpu']:.1f} x the scan), "
            f"peak {run['peak_mb']:,.0f} MB", flush=True,
        )  # fmt: skip
        for answers in ("none", "low", "worklist") if given.full else ("none",):
            run = measured(SCREEN, given.population, f"{folder}/{answers}", answers)
            print(
                f"screen, answers of {answers}: {run['cpu']:.1f} CPU s ({run['cpu'] / scan['cpu']:.1f} x the scan), "
                f"{run['wall']:.1f} s, {patients / run['wall']:,.0f} patients/s, peak {run['peak_mb']:,.0f} MB", flush=True,
            )  # fmt: skip
            if answers == "none":
                screened = run["cpu"]
            else:
                asked = f"{folder}/{answers}/answers/asked/*.parquet"
                ((kept,),) = duckdb.sql(f"select count(*) from '{asked}'").fetchall()
                print(f"  {kept:,} answers, {1000 * (run['cpu'] - screened) / kept:.2f} CPU ms each", flush=True)
    if given.loop:
        each = float(str(measured(LOOP, given.population, str(given.loop))["said"]))
        print(f"assess in a loop: {1000 * each:.2f} CPU ms each, {each * patients:,.0f} CPU s for all "
              f"({each * patients / screened:.1f} x screening)", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
