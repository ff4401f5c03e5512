"""Kills a screening run with SIGKILL at random instants, resumes it, and compares every byte with an unbroken run.

    python bench/screen_kill.py SRC --format mimic [--times 50] [--seed 1]

Prints one line a kill and the number of runs whose files differ (0 is the only good answer).
"""

from __future__ import annotations

import argparse
import hashlib
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUN = """
import sys
from pathlib import Path
from hypomag.screen.run import screen
out, chunk = Path(sys.argv[2]), int(sys.argv[4])
screen(Path(sys.argv[1]), out, format=sys.argv[3], answers="all", resume=True, patients_a_chunk=chunk)
"""


def command(source: str, out: Path, format: str, chunk: int) -> list[str]:
    return [sys.executable, "-c", RUN, source, str(out), format, str(chunk)]


def bytes_of(out: Path) -> dict[str, str]:
    found = {file.relative_to(out).as_posix(): file for file in sorted(out.rglob("*")) if file.is_file()}
    return {
        name: hashlib.sha256(file.read_bytes()).hexdigest()
        for name, file in found.items()
        if not name.startswith(".work/")
    }


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("source")
    ask.add_argument("--format", default="mimic")
    ask.add_argument("--times", type=int, default=50)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--chunk", type=int, default=10)
    given = ask.parse_args()
    dice = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole"
        began = time.monotonic()
        subprocess.run(command(given.source, whole, given.format, given.chunk), check=True)
        lasts = time.monotonic() - began
        expected = bytes_of(whole)
        differing = 0
        for n in range(given.times):
            out = Path(folder) / f"killed{n}"
            kills = dice.choice([1, 1, 2])
            instants = []
            for _ in range(kills):
                running = subprocess.Popen(command(given.source, out, given.format, given.chunk))
                instant = dice.uniform(0, lasts)
                try:
                    running.wait(instant)
                except subprocess.TimeoutExpired:
                    running.send_signal(signal.SIGKILL)
                    running.wait()
                instants.append(round(instant, 2))
            subprocess.run(command(given.source, out, given.format, given.chunk), check=True)
            same = bytes_of(out) == expected
            differing += not same
            print(
                f"{n + 1}: killed after {instants} s of {lasts:.1f}: {'same bytes' if same else 'DIFFERENT'}",
                flush=True,
            )
    print(f"{differing} of {given.times} runs differ from the unbroken one ({len(expected)} files each)")
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
