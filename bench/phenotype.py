"""The laboratory-based phenotype beside OHDSI cohort 942 (codes only), on a made-up CDM where the truth is known.

python -m bench.phenotype           20,000 people; writes docs/trust/phenotype.md and docs/figures/phenotype.tsv
python -m bench.phenotype PEOPLE    prints only
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.reach import cdm

from hypomag.phenotype.definition import define
from hypomag.phenotype.ways import sql

ROOT = Path(__file__).parent.parent
PAGE, FIGURES = ROOT / "docs/trust/phenotype.md", ROOT / "docs/figures/phenotype.tsv"
COMMAND = "python -m bench.phenotype"
CODING = (0.03, 0.25, 0.75)  # shares of people with a low result who get a code; the first as in MIMIC-III demo
SEED = 942
HEAD = ("coded", "among", "phenotype", "people", "found", "rightly", "sensitivity", "ppv")


def measured(people: int, coded: float) -> list[tuple[str, ...]]:
    """Four rows: both phenotypes among everybody, and among the people whose magnesium was measured."""
    made = cdm.rows(people, SEED, cdm.Rates(coded=coded))
    db = cdm.build(made)
    rows = []
    found = {
        "laboratory": {row[0] for row in db.execute(sql(define(db))).fetchall()},
        "codes (942)": {row[0] for row in db.execute(cdm.CODED).fetchall()},
    }
    for among, whom in (("everybody", set(range(1, people + 1))), ("measured", made.measured)):
        low = made.low & whom
        for name, all_found in found.items():
            those = all_found & whom
            right = len(those & low)
            share = f"{right / len(low):.3f}", f"{right / len(those):.3f}"
            rows.append((f"{coded:.0%}", among, name, str(len(low)), str(len(those)), str(right), *share))
    return rows


def page(people: int, rows: list[tuple[str, ...]]) -> str:
    rates = cdm.Rates()
    table = [" | ".join(row) for row in (HEAD, ("---",) * len(HEAD), *rows)]
    return f"""# The phenotype by laboratory, beside codes

Written by `{COMMAND}`. Not a medical device; no clinician has reviewed it.

{people} made-up people in an OMOP CDM, {rates.low:.0%} of them truly low, {rates.measured:.0%} measured at all,
{rates.no_unit:.0%} of results with a missing or wrong unit, {rates.slipped:.1%} of results not what the blood held, and
{rates.coded_for_nothing:.1%} of the others with a code of the parent disorder, which holds high magnesium too. *coded* is
the share of people with a low result whom somebody coded. These rates are made up: the table shows how each phenotype hangs
on them, not how common anything is. How seldom real admissions were coded stands under phenotype in
[acceptance](acceptance.md).

*people*: truly low. *found*: by the phenotype. *rightly*: both.

{chr(10).join(f"| {line} |" for line in table)}

Neither finds who was never measured; that is what `hypomag screen` lists as never tested.
"""


def main() -> None:
    people = int(sys.argv[1]) if sys.argv[1:] else 20_000
    rows = [row for coded in CODING for row in measured(people, coded)]
    text = page(people, rows)
    print(text)
    if not sys.argv[1:]:
        PAGE.write_text(text, "utf-8")
        lines = [f"# {COMMAND}", "\t".join(HEAD), *("\t".join(row) for row in rows)]
        FIGURES.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
