"""Counts of a population from its lines: by status, gap, cause, organ step, month and ward; small cells left out."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from hypomag.engine.duckdb import Ward

PARTITIONS = ("status", "grade", "tier")  # their cells add up to a total, so that one missing cell could be worked out
WITH_TESTS = ("month", "ward")


@cache
def texts() -> dict[str, dict[str, str]]:
    """The queries of counts.toml."""
    return tomllib.loads((files("hypomag") / "screen" / "counts.toml").read_text("utf-8"))


def of_chunk() -> str:
    """The counts of one chunk as SQL over its lines. No patient is in two chunks, so counts add up over the chunks."""
    return " union all ".join(
        f"""select '{what}' as what, value, count(distinct patient) as patients,
            {"sum(tests)" if what in WITH_TESTS else "null"}::bigint as tests,
            count(distinct case when low then patient end) as low,
            count(distinct case when unknown then patient end) as unknown
            from ({select}) group by value"""
        for what, select in texts()["by"].items()
    )


def make(ward: Ward, smallest: int) -> None:
    """Make `counted` (with small cells left out), `counted_whole` (all of them) and `worklist` from `counted_parts`."""
    sums = ", ".join(f"sum({column})::bigint as {column}" for column in ("patients", "tests", "low", "unknown"))
    ward.db.execute(f"""create or replace temp table counted_whole as
        select what, value, {sums} from counted_parts group by what, value""")
    alike = ", ".join(f"'{what}'" for what in PARTITIONS)
    ward.db.execute(f"""create or replace temp table counted as
        with marked as (
          select *, patients < {int(smallest)} as is_small,
            row_number() over (partition by what, patients < {int(smallest)} order by patients, value) as nth,
            count(case when patients < {int(smallest)} then 1 end) over (partition by what) as n_small
          from counted_whole
        ),
        shown as (
          select *, not (is_small or (what in ({alike}) and n_small = 1 and nth = 1)) as is_shown from marked
        )
        select what, value, case when is_shown then patients end as patients,
          case when is_shown then tests end as tests,
          case when is_shown and {_tells_little("low", smallest)} then low end as low,
          case when is_shown and {_tells_little("unknown", smallest)} then unknown end as unknown
        from shown""")
    ward.db.execute(f"create or replace temp table worklist as {texts()['worklist']['rows']}")


def _tells_little(column: str, smallest: int) -> str:
    """Neither the part nor the rest is a small cell."""
    rest = f"patients - {column}"
    return f"({column} = 0 or {column} >= {smallest}) and ({rest} = 0 or {rest} >= {smallest})"


def totals(ward: Ward) -> dict[str, Any]:
    """Figures of the whole population, and what its testing costs."""
    (found,) = ward.read(texts()["totals"]["rows"])
    del found["patients"]
    tests, low = found["tests"], found["ever_low"]
    by = {
        what: {row["value"]: row["patients"] for row in ward.read(f"from counted where what = '{what}' order by value")}
        for what in ("status", "tier", "gap")
    }
    costs = []
    for row in ward.read(texts()["pictures"]["costs"]):
        each = row["amount"] / 10_000
        case = round(tests / low * each, 2) if low else None
        said = {key: row[key] for key in ("name", "currency", "year", "source")}
        costs.append({**said, "each": each, "all_tests": round(tests * each, 2), "a_case": case})
    return {
        **found,
        "tests_per_case": round(tests / low, 2) if low else None,
        "test_costs": costs,
        "by_status": by["status"],
        "by_tier": by["tier"],
        "by_gap": by["gap"],
    }


def pictures(ward: Ward) -> dict[str, list[dict[str, Any]]]:
    """The rows behind each picture of the report."""
    return {name: ward.read(select) for name, select in texts()["pictures"].items()}
