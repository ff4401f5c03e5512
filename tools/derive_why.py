"""Writes the calculated columns of knowledge/finding_patterns.csv and pattern_entropies.csv from the likelihoods.

python -m tools.derive_why        rewrite both files
python -m tools.derive_why check  say whether they are as they should be (exit 1 where not)
"""

from __future__ import annotations

import csv
import io
import math
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

KNOWLEDGE = Path(__file__).parent.parent / "src/hypomag/knowledge"
MICRO = 1_000_000
Rows = list[dict[str, str]]


def read(name: str) -> tuple[list[str], Rows]:
    """The comment lines and the rows of a knowledge file."""
    lines = (KNOWLEDGE / f"{name}.csv").read_text("utf-8").splitlines()
    above = [line for line in lines if line.startswith("#")]
    return above, list(csv.DictReader(lines[len(above) :]))


def text(above: list[str], rows: Rows) -> str:
    out = io.StringIO()
    out.write("".join(f"{line}\n" for line in above))
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def log(p: float) -> int:
    """ln p in whole micro-nats."""
    return math.floor(math.log(p) * MICRO)


def bits(p: list[float]) -> Decimal:
    """The entropy of a distribution in bits, to 4 places."""
    h = -sum(x * math.log2(x) for x in p if x)
    return Decimal(math.floor(h * 10_000)) / 10_000


def derived() -> dict[str, str]:
    """Both files as they should be, by name."""
    above, rows = read("finding_patterns")
    likely = defaultdict(dict)
    for row in rows:
        likely[row["finding"], row["pattern"]][row["value"]] = Decimal(row["likelihood"])
    for key, values in likely.items():
        if sum(values.values()) != 1:
            raise SystemExit(
                f"finding_patterns.csv: the values of {' '.join(key)} sum to {sum(values.values())}, not to 1"
            )
    for row in rows:
        p, base = Decimal(row["likelihood"]), likely[row["finding"], "background"][row["value"]]
        row["log_likelihood"], row["log_ratio"] = str(log(float(p))), str(log(float(p)) - log(float(base)))
        row["shift"] = str(p - base)
    entropy = {key: bits([float(p) for p in values.values()]) for key, values in likely.items()}
    head, old = read("pattern_entropies")
    of = [
        old[0] | {"finding": f, "pattern": p, "entropy": str(h), "excess": str(h - entropy[f, "background"])}
        for (f, p), h in entropy.items()
    ]
    return {"finding_patterns": text(above, rows), "pattern_entropies": text(head, of)}


def main() -> int:
    wrong = 0
    for name, should in derived().items():
        file = KNOWLEDGE / f"{name}.csv"
        if file.read_text("utf-8") != should:
            wrong = 1
            print(f"{name}.csv " + ("is not as tools.derive_why makes it" if "check" in sys.argv else "written"))
            if "check" not in sys.argv:
                file.write_text(should, "utf-8")
    return wrong if "check" in sys.argv else 0


if __name__ == "__main__":
    raise SystemExit(main())
