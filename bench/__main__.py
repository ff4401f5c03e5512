"""Every bench once with small sizes: does it run, and what does it say? The pages name the sizes of published figures.

python -m bench [NAME ...]    all of them, or only those named; exit 1 where one fails
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
SMALL = {  # in this order; POP is a population that screen_data makes first
    "screen_data": ["POP", "--patients", "2000"],
    "screen_speed": ["POP", "--loop", "20"],
    "screen_kill": ["POP", "--format", "record", "--times", "2"],
    "screen_ndjson": ["--lines", "5000"],
    "bedside": [],
    "body_engines": ["100"],
    "phenotype": ["2000"],
    "sql_postgres": ["100"],
    "install": ["--print"],
}


def first_line(name: str) -> str:
    return (HERE / f"{name}.py").read_text("utf-8").split('"""')[1].strip().splitlines()[0]


def main() -> int:
    names = [file.stem for file in sorted(HERE.glob("*.py")) if not file.stem.startswith("_")]
    asked = sys.argv[1:] or [name for name in SMALL if name in names]
    for name in sorted(set(asked) - set(names)):
        print(f"{name}: there is no bench/{name}.py")
        return 2
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        if {"screen_speed", "screen_kill"} & set(asked) and "screen_data" not in asked:
            asked = ["screen_data", *asked]
        for name in asked:
            arguments = [f"{folder}/pop" if word == "POP" else word for word in SMALL.get(name, [])]
            print(f"\n== {name}: {first_line(name)}", flush=True)
            began = time.monotonic()
            done = subprocess.run([sys.executable, "-m", f"bench.{name}", *arguments], cwd=HERE.parent, check=False)
            print(f"-- {time.monotonic() - began:.0f} s, exit {done.returncode}", flush=True)
            failed += [name] if done.returncode else []
    for name in sorted(set(names) - set(SMALL)) if not sys.argv[1:] else ():
        print(f"\n== {name}: {first_line(name)}\n-- no small size: python -m bench.{name}")
    print("\nfailed: " + (", ".join(failed) or "none"))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
