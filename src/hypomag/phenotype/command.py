"""`hypomag phenotype`: the command line of the laboratory-based phenotype."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hypomag.record import Refused

REFUSED = 5


def phenotype_command(
    source: Annotated[Path, typer.Argument(metavar="SRC", help="OMOP CDM: a DuckDB file or a folder of Parquet.")],
    out: Annotated[Path, typer.Option(help="A folder for phenotype.sql, cohort.json and days.csv.")],
    profile: Annotated[str, typer.Option(help="The range whose lower limit counts.")] = "adult",
) -> None:
    """Who is low by laboratory in an OMOP CDM: as SQL, as OHDSI cohort JSON, and their days."""
    import csv
    import json

    import duckdb

    from hypomag.phenotype.definition import attach, define
    from hypomag.phenotype.ways import cohort, sql, unread

    db = duckdb.connect()
    try:
        attach(db, source)
        found = define(db, profile)
    except Refused as refusal:
        typer.echo(f"hypomag: {refusal}", err=True)
        raise typer.Exit(REFUSED) from None
    out.mkdir(parents=True, exist_ok=True)
    text = sql(found)
    (out / "phenotype.sql").write_text(text, "utf-8")
    (out / "cohort.json").write_text(json.dumps(cohort(found), indent=1) + "\n", "utf-8")
    rows = db.execute(f"{text} order by person_id, cohort_start_date").fetchall()
    with (out / "days.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("person_id", "cohort_start_date", "cohort_end_date"), *rows])
    limits = ", ".join(f"{low.limit:g} {low.unit}" for low in found.lows)
    typer.echo(f"low: below {limits} (range {found.profile})")
    for what, count in unread(db, found).items():
        typer.echo(f"results, {what}: {count}")
    typer.echo(
        f"{len({row[0] for row in rows})} people on {len(rows)} days. Not a medical device; not reviewed by a clinician."
    )
