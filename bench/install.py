"""From nothing to an answer: a wheel built twice, a fresh virtual environment, pip install, assess. In seconds.

python -m bench.install [--print]    writes docs/figures/install.tsv unless asked only to print
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
FIGURES = ROOT / "docs/figures/install.tsv"
EPOCH = "1577836800"


def build(out: Path) -> Path:
    environment = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env=environment)
    return next(out.glob("*.whl"))


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheel, again = build(folder / "one"), build(folder / "two")
        digests = {hashlib.sha256(each.read_bytes()).hexdigest() for each in (wheel, again)}
        case = "hypomag/cases/patients/ppi_severe.toml"
        zipfile.ZipFile(wheel).extract(case, folder)
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        began = time.monotonic()
        venv.create(folder / "fresh", with_pip=True)
        made = time.monotonic()
        pip = [
            str(folder / "fresh/bin/pip"),
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-cache-dir",
            str(wheel),
        ]
        subprocess.run(pip, check=True, env=environment, cwd=folder)
        installed = time.monotonic()
        command = [str(folder / "fresh/bin/hypomag"), "assess", str(folder / case)]
        said = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, cwd=folder)
        answered = time.monotonic()
        held = sum(file.stat().st_size for file in (folder / "fresh").rglob("*") if file.is_file())
        rows = [
            ("equal wheels of two builds", str(len(digests) == 1)),
            ("wheel, kB", str(wheel.stat().st_size // 1000)),
            ("virtual environment, s", f"{made - began:.1f}"),
            ("pip install without cache, s", f"{installed - made:.1f}"),
            ("first assess, s", f"{answered - installed:.1f}"),
            ("from nothing to an answer, s", f"{answered - began:.1f}"),
            ("environment on disk, MB", str(held // 1_000_000)),
        ]
    lines = [f"# python -m bench.install, {sys.version.split()[0]}", *("\t".join(row) for row in rows)]
    print("\n".join(lines))
    if "--print" not in sys.argv:
        FIGURES.write_text("\n".join(lines) + "\n", "utf-8")
    return 0 if said.returncode == 4 and len(digests) == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
