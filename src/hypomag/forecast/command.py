"""`hypomag forecast`: a plain function for the command line. Heavy modules load inside."""

from __future__ import annotations

import json as json_
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

REFUSED = 5


def forecast_command(
    source: Annotated[str, typer.Argument(metavar="SRC", help="A file or folder, or - for standard input.")],
    plan: Annotated[
        list[str] | None,
        typer.Option(
            help="Doses in words, or the key of an option of `assess`, also joined by '+'; repeat to compare."
        ),
    ] = None,
    stop: Annotated[bool, typer.Option("--stop", help="Also with the cause stopped now.")] = False,
    search: Annotated[
        bool, typer.Option("--search", help="Find the cheapest safe option that reaches the range.")
    ] = False,
    protocol: Annotated[
        list[str] | None,
        typer.Option(
            help="Re-plan at each level by a protocol: a file (.csv, .toml), or a name of `hypomag trial --list`."
        ),
    ] = None,
    missed: Annotated[float, typer.Option(help="Share of a protocol's doses that are missed.")] = 0.0,
    late: Annotated[float, typer.Option(help="Share of a protocol's results that come a round late.")] = 0.0,
    until: Annotated[str, typer.Option(help="How far ahead, e.g. '14 d'.")] = "14 d",
    draws: Annotated[int, typer.Option(help="How many likely bodies.")] = 2000,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 1,
    setting: Annotated[str | None, typer.Option(help="ward or icu: how much a level scatters.")] = None,
    unit: Annotated[str | None, typer.Option(help="Unit of serum: mmol/L, mg/dL or mEq/L.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Write the fans: .png, .svg or .html.")] = None,
    patient: Annotated[str | None, typer.Option(help="Whom to forecast where SRC holds several.")] = None,
    as_of: Annotated[str | None, typer.Option(help="The moment asked about, ISO 8601; default: the record's.")] = None,
    json: Annotated[bool, typer.Option("--json", help="The forecast as JSON.")] = False,
) -> None:
    """What is likely in one patient's body, and what each plan would do: fans, chances, losses, when to measure."""
    from hypomag.body.amounts import hours
    from hypomag.body.course import SERUM_UNITS
    from hypomag.body.known import Mistake, forecasting
    from hypomag.forecast.closed import closed_loop
    from hypomag.forecast.likely import likely
    from hypomag.forecast.search import searched
    from hypomag.read import read
    from hypomag.read.times import last_second
    from hypomag.record import Refused
    from hypomag.trial.arm import arm
    from hypomag.write import forecast_chart, forecast_text

    if setting not in (None, "ward", "icu"):
        raise typer.BadParameter("--setting is ward or icu")
    if unit is not None and unit not in SERUM_UNITS:
        raise typer.BadParameter(f"--unit is one of {', '.join(SERUM_UNITS)}")
    if not (0 <= missed <= 1 and 0 <= late <= 1):
        raise typer.BadParameter("--missed and --late are shares from 0 to 1")
    if draws < 100:
        raise typer.BadParameter("--draws is 100 or more: fewer say nothing of 5 %")
    try:
        given = sys.stdin.buffer.read() if source == "-" else Path(source)
        record = read(given, patient=patient)
        moment = None if as_of is None else last_second(as_of)
        ahead = hours(until, "--until")
        if not 1 <= ahead <= 10 * forecasting()["horizon"]["ahead"]["value"]:
            raise Mistake(f"--until is {ahead:g} h; it is from 1 h to 140 d.")
        mine = likely(record, as_of=moment, draws=draws, seed=seed, setting=setting)
        told = mine.run(plan or [], ahead, stop)
        told["plans"] += [closed_loop(mine, arm(p), ahead, missed, late) for p in protocol or []]
        if search:
            told["search"] = searched(mine, ahead)
        if plot:
            forecast_chart.save(told, plot, unit)
    except Refused as refusal:
        typer.echo(f"hypomag: {refusal}", err=True)
        raise typer.Exit(REFUSED) from None
    except ValueError as mistake:  # a Mistake of the body is one
        typer.echo(f"hypomag forecast: {mistake}", err=True)
        raise typer.Exit(2) from None
    typer.echo(json_.dumps(as_plain(told)) if json else forecast_text.write(told, unit), nl=json)


def as_plain(value: Any) -> Any:
    """Arrays as lists, numbers with five digits: what JSON can hold."""
    if isinstance(value, dict):
        return {key: as_plain(v) for key, v in value.items()}
    if hasattr(value, "tolist"):
        return as_plain(value.tolist())
    if isinstance(value, list | tuple):
        return [as_plain(v) for v in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value
