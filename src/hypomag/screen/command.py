"""`hypomag screen`: the command line of a screening run."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from hypomag.record import Refused

REFUSED = 5


class Format(StrEnum):
    fhir = "fhir"
    omop = "omop"
    mimic = "mimic"
    record = "record"


class EngineName(StrEnum):
    duckdb = "duckdb"
    spark = "spark"


class Answers(StrEnum):
    none = "none"
    low = "low"
    worklist = "worklist"
    all = "all"


def screen_command(
    source: Annotated[Path, typer.Argument(metavar="SRC", help="A folder or file of many patients.")],
    format: Annotated[Format, typer.Option(help="What SRC is.")],
    out: Annotated[Path, typer.Option(help="A folder for the results.")],
    engine: Annotated[EngineName, typer.Option(help="Where the rules run.")] = EngineName.duckdb,
    as_of: Annotated[
        str | None, typer.Option(help="The moment asked about; default: each patient's own latest.")
    ] = None,
    profile: Annotated[str | None, typer.Option(help="Range profile where the laboratory printed none.")] = None,
    scheme: Annotated[str, typer.Option(help="Grading scheme.")] = "ctcae_v5",
    answers: Annotated[
        Answers, typer.Option(help="Whose whole answers to keep; see `hypomag answers`.")
    ] = Answers.none,
    resume: Annotated[bool, typer.Option(help="Go on with a run that was stopped.")] = False,
    memory: Annotated[str, typer.Option(help="Memory for DuckDB; the rest goes to the disk.")] = "1GB",
    threads: Annotated[int | None, typer.Option(help="Threads; default: all.")] = None,
    smallest_cell: Annotated[int, typer.Option(help="Counts of fewer patients are left out of counts.*")] = 5,
    quiet: Annotated[bool, typer.Option(help="No progress.")] = False,
) -> None:
    """Screen a population: who is low and untreated, who was never tested, and everything assess gives."""
    from hypomag.read.times import last_second
    from hypomag.screen.finish import sentence
    from hypomag.screen.run import screen

    try:
        moment = None if as_of is None else last_second(as_of)
        with _shown(quiet) as tell:
            summary = screen(
                source, out, format=format.value, engine=engine.value, as_of=moment, profile=profile, scheme=scheme,
                answers=answers.value, resume=resume, memory=memory, threads=threads, smallest_cell=smallest_cell,
                tell=tell,
            )  # fmt: skip
    except Refused as refusal:
        typer.echo(f"hypomag: {refusal}", err=True)
        raise typer.Exit(REFUSED) from None
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong)) from None
    except KeyboardInterrupt:
        typer.echo(
            f"hypomag: stopped; go on with the same command and --resume (the work so far is in {out}).", err=True
        )
        raise typer.Exit(130) from None
    typer.echo(sentence(summary, out))


def answers_command(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder of a screening run.")],
    patient: Annotated[
        str | None, typer.Option(help="Whose answer; without it everybody's, a line of JSON each.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One patient's answer as JSON.")] = False,
    fhir: Annotated[bool, typer.Option("--fhir", help="One patient's answer as a FHIR R4 Bundle of drafts.")] = False,
    explain: Annotated[bool, typer.Option(help="One patient's: add every reason with its facts and source.")] = False,
    file: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write there, not to the screen.")] = None,
) -> None:
    """Show the whole answers that a screening run kept (--answers), as `assess` gives them."""
    import json as as_json

    from hypomag.screen.rendered import answers
    from hypomag.write import chosen

    if json and fhir:
        raise typer.BadParameter("ask for one of --json and --fhir")
    if patient is None and (json or fhir or explain):
        raise typer.BadParameter("--json, --fhir and --explain are for one patient: name one (--patient)")
    try:
        with nullcontext(sys.stdout) if file is None else _whole(file) as stream:
            for who, answer in answers(out, patient):
                if patient is None:
                    said = as_json.dumps({"patient": who, "answer": answer}, ensure_ascii=False) + "\n"
                else:
                    said = chosen.write(answer, who, json=json, fhir=fhir, explain=explain)
                stream.write(said)
    except Refused as refusal:
        typer.echo(f"hypomag: {refusal}", err=True)
        raise typer.Exit(REFUSED) from None


@contextmanager
def _whole(file: Path) -> Iterator[TextIO]:
    """A file to write that appears when it is whole."""
    begun = file.with_name(f"{file.name}.part")
    try:
        stream = begun.open("w", encoding="utf-8", newline="\n")
    except OSError as wrong:
        raise Refused(f"{file}: cannot be written ({wrong.strerror}).") from None
    try:
        with stream:
            yield stream
        os.replace(begun, file)
    finally:
        begun.unlink(missing_ok=True)


class _shown:
    """Progress with rate and time left, on the terminal's error stream."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet

    def __enter__(self) -> Any:
        if self.quiet:
            return lambda progress: None
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[said]}"),
            TimeElapsedColumn(),
        )
        self.bar = Progress(*columns, console=Console(stderr=True), transient=False)
        self.bar.start()
        self.task = self.bar.add_task("", total=None, said="")
        return self.tell

    def tell(self, progress: Any) -> None:
        said = ""
        if progress.rate:
            said = f"{progress.patients:,} patients, {progress.rate:,.0f}/s"
            said += f", {progress.left:,.0f} s left" if progress.left else ""
        self.bar.update(
            self.task, description=progress.step, completed=progress.done, total=progress.of or None, said=said
        )

    def __exit__(self, *what: object) -> None:
        if not self.quiet:
            self.bar.stop()
