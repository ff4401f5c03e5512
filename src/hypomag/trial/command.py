"""`hypomag trial`: a plain function for the command line. Heavy modules load inside."""

from __future__ import annotations

import json as json_
from pathlib import Path
from typing import Annotated, Any

import typer


def trial_command(
    protocol: Annotated[
        list[str] | None,
        typer.Argument(
            help="Protocol files (your CSV, or TOML) or names of supplied ones; the first is compared with."
        ),
    ] = None,
    ward: Annotated[str, typer.Option(help="Ward file (TOML), or the name of a supplied one.")] = "medical",
    n: Annotated[int, typer.Option("-n", help="How many virtual people.")] = 10_000,
    seed: Annotated[
        int, typer.Option(help="Seed: the same gives the same answer on any machine with any threads.")
    ] = 1,
    out: Annotated[Path | None, typer.Option(help="Write the report: one HTML file that needs no network.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Every result as JSON.")] = False,
    known: Annotated[bool, typer.Option("--list", help="Name the protocols and wards that come with hypomag.")] = False,
    quiet: Annotated[bool, typer.Option(help="No progress.")] = False,
) -> None:
    """Try replacement protocols on a virtual ward: the same people for each, followed from level to level."""
    from hypomag.body.known import Mistake
    from hypomag.body.protocol import supplied
    from hypomag.trial.run import trial
    from hypomag.write import trial_report, trial_text

    if known:
        for kind in ("protocols", "wards"):
            typer.echo(f"{kind}: {', '.join(supplied(kind))}")
        return
    if out is not None and out.suffix.lower() != ".html":
        raise typer.BadParameter(f"--out {out}: the report is HTML; write a name that ends in .html")
    try:
        with _Shown(n, quiet) as tell:
            told = trial(protocol or ["nhs_highland"], ward, n, seed, tell)
    except Mistake as mistake:
        typer.echo(f"hypomag trial: {mistake}", err=True)
        raise typer.Exit(2) from None
    if out is not None:
        out.write_text(trial_report.write(told), "utf-8")
    typer.echo(json_.dumps(plain(told)) if json else trial_text.write(told), nl=json)


def plain(value: Any) -> Any:
    """What JSON can hold: arrays as lists, no number for what is nobody's."""
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, float):
        return None if value != value else float(f"{value:.6g}")
    return value


class _Shown:
    """Progress with time left, on the terminal's error stream."""

    def __init__(self, n: int, quiet: bool) -> None:
        self.n, self.quiet = n, quiet

    def __enter__(self) -> Any:
        if self.quiet:
            return lambda done: None
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn, TimeRemainingColumn

        self.bar = Progress(
            BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(), console=Console(stderr=True)
        )
        self.bar.start()
        task = self.bar.add_task("people", total=self.n)
        return lambda done: self.bar.update(task, completed=done)

    def __exit__(self, *what: object) -> None:
        if not self.quiet:
            self.bar.stop()
