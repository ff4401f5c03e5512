"""Writes the calculated columns of the tables of why: logarithms, entropies, and rates from weights.

A weight is a chance given that magnesium is low: of a hundred low patients with the cause, how many owe it to the
cause. Rules weigh causes against each other before that is known and then condition on it, so they need the rate: with
the share `base` low without the cause, weight = 1 - base / (base + rate (1 - base)). Hidden causes, nameless reasons and
other divide the base among themselves in the proportions that they have given a low magnesium.

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


def file_of(name: str) -> Path:
    return next(KNOWLEDGE.rglob(f"{name}.csv"))


MICRO, BILLION = 1_000_000, 1_000_000_000
MOST = 0.98  # the highest rate: no cause lowers magnesium in everybody
Rows = list[dict[str, str]]


def read(name: str) -> tuple[list[str], Rows]:
    """The comment lines and the rows of a knowledge file."""
    lines = file_of(name).read_text("utf-8").splitlines()
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


def rate(weight: float, base: float) -> float:
    """The rate behind a weight, where the share `base` is low without the cause."""
    return min(MOST, base * weight / ((1 - weight) * (1 - base)))


def rates() -> dict[str, str]:
    """cause_weights, drug_weights and steps with the rates behind their weights."""
    base = float(read("why_scale")[1][0]["base"])
    above, rows = read("cause_weights")
    steps_above, steps = read("steps")
    shares = [float(row["hidden"]) for row in rows] + [float(row["leak"]) for row in steps]
    other = math.prod(1 - share for share in shares)
    each = base * (1 - other) / sum(shares)
    together = defaultdict(list)
    for row in rows:
        together[row["cause"]].append(float(row["weight"]))
    for row in rows:
        all_steps = together[row["cause"]]
        whole = rate(1 - math.prod(1 - w for w in all_steps), base)
        part = math.log(1 - float(row["weight"])) / sum(math.log(1 - w) for w in all_steps)
        row["alone"] = str(round(BILLION * rate(float(row["weight"]), base)))
        row["rate"] = str(round(BILLION * (1 - (1 - whole) ** part)))
        row["hidden_rate"] = str(round(BILLION * each * float(row["hidden"])))
    for row in steps:
        share = other * base if row["step"] == "other" else each * float(row["leak"])
        row["leak_rate"] = str(round(BILLION * share))
    drugs_above, drugs = read("drug_weights")
    for row in drugs:
        row["alone"] = row["rate"] = str(round(BILLION * rate(float(row["weight"]), base)))
    return {
        "cause_weights": text(above, rows),
        "steps": text(steps_above, steps),
        "drug_weights": text(drugs_above, drugs),
    }


def patterns() -> dict[str, str]:
    """finding_patterns and pattern_entropies with their logarithms and bits."""
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


def derived() -> dict[str, str]:
    """Every file with calculated columns as it should be, by name."""
    return rates() | patterns()


def main() -> int:
    wrong = 0
    for name, should in derived().items():
        file = file_of(name)
        if file.read_text("utf-8") != should:
            wrong = 1
            print(f"{name}.csv " + ("is not as tools.derive_why makes it" if "check" in sys.argv else "written"))
            if "check" not in sys.argv:
                file.write_text(should, "utf-8")
    return wrong if "check" in sys.argv else 0


if __name__ == "__main__":
    raise SystemExit(main())
