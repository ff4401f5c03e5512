"""The command line. Exit codes: 0 answer, 2 usage, 3 cannot tell, 4 urgent, 5 refused input; 5 before 4 before 3."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hypomag import __version__
from hypomag.body.command import simulate_command, validate_command
from hypomag.diff.command import diff_command
from hypomag.forecast.command import forecast_command
from hypomag.phenotype.command import phenotype_command
from hypomag.screen.command import answers_command, screen_command
from hypomag.serve.command import doctor, serve_command
from hypomag.trial.command import trial_command

CANNOT_TELL, URGENT, REFUSED = 3, 4, 5
app = typer.Typer(
    name="hypomag",
    help="Low blood magnesium: assess one patient, screen a population, simulate the body. "
    "Not a medical device; not reviewed by a clinician.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help starts twice as fast
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Format(StrEnum):
    form = "form"
    case = "case"
    fhir = "fhir"


class Reader(StrEnum):
    clinician = "clinician"
    patient = "patient"


def _say_version(wanted: bool) -> None:
    if wanted:
        from hypomag import knowledge

        typer.echo(f"hypomag {__version__}, knowledge {knowledge.load().version}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[bool, typer.Option("--version", callback=_say_version, is_eager=True)] = False,
) -> None:
    """hypomag: low blood magnesium, from one patient to a nation."""


@app.command("assess")
def assess_command(
    source: Annotated[str, typer.Argument(metavar="SRC", help="A file or folder, or - for standard input.")],
    format: Annotated[Format | None, typer.Option(help="What SRC is; found out where not given.")] = None,
    patient: Annotated[str | None, typer.Option(help="Whom to assess where SRC holds several.")] = None,
    as_of: Annotated[str | None, typer.Option(help="The moment asked about, ISO 8601; default: the record's.")] = None,
    profile: Annotated[str | None, typer.Option(help="Range profile where the laboratory printed none.")] = None,
    scheme: Annotated[str, typer.Option(help="Grading scheme.")] = "ctcae_v5",
    protocol: Annotated[
        str | None, typer.Option(help="A published replacement protocol by name, or your own as file.csv.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="The answer as JSON.")] = False,
    fhir: Annotated[bool, typer.Option("--fhir", help="The answer as a FHIR R4 Bundle of drafts.")] = False,
    text: Annotated[bool, typer.Option("--text", help="The answer as text (the default).")] = False,
    explain: Annotated[bool, typer.Option(help="Add every reason with its facts and source.")] = False,
    forecast: Annotated[bool, typer.Option("--forecast", help="What each option would do, by the body model.")] = False,
    reader: Annotated[Reader, typer.Option("--for", help="Who reads the text.")] = Reader.clinician,
) -> None:
    """Assess one patient: is magnesium low, how bad, how sure, how urgent, and why."""
    from hypomag.assess import assess
    from hypomag.read import read
    from hypomag.record import Refused, seal
    from hypomag.write import chosen

    if json + fhir + text > 1:
        raise typer.BadParameter("ask for one of --json, --fhir and --text")
    try:
        given = sys.stdin.buffer.read() if source == "-" else Path(source)
        record = seal(read(given, format=format, patient=patient))
        answer = assess(record, as_of=_moment(as_of), profile=profile, scheme=scheme, protocol=protocol)
        if forecast:
            from hypomag.forecast.joined import with_forecast

            answer = with_forecast(record, answer, _moment(as_of))
    except Refused as refusal:
        typer.echo(f"hypomag: {refusal}", err=True)
        raise typer.Exit(REFUSED) from None
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong)) from None
    who, form = record.tables["patients"][0]["id"], {"json": json, "fhir": fhir, "explain": explain}
    typer.echo(chosen.write(answer, who, **form, for_patient=reader is Reader.patient), nl=False)
    raise typer.Exit(exit_code(answer))


@app.command("questionnaire")
def questionnaire_command(
    source: Annotated[
        str | None, typer.Argument(metavar="[SRC]", help="Ask only what would tell something here.")
    ] = None,
    format: Annotated[Format | None, typer.Option(help="What SRC is; found out where not given.")] = None,
    patient: Annotated[str | None, typer.Option(help="Whom to ask where SRC holds several.")] = None,
    as_of: Annotated[str | None, typer.Option(help="The moment asked about, ISO 8601; default: the record's.")] = None,
) -> None:
    """Write the questions and bedside signs as a FHIR Questionnaire; `assess` reads the QuestionnaireResponse."""
    from hypomag.assess import assess
    from hypomag.read import read
    from hypomag.record import Refused
    from hypomag.write import fhir

    try:
        given = sys.stdin.buffer.read() if source == "-" else source and Path(source)
        record = read(given, format=format, patient=patient) if given is not None else None
        answer = assess(record, as_of=_moment(as_of)) if record else None
    except Refused as refusal:
        typer.echo(f"hypomag: {refusal}", err=True)
        raise typer.Exit(REFUSED) from None
    typer.echo(fhir.write(fhir.questionnaire(answer)))


def exit_code(answer: dict) -> int:
    """4 for an urgent answer, 3 for one that cannot tell, otherwise 0."""
    if answer["urgency"]["tier"] in ("emergency", "same_day"):
        return URGENT
    if answer["urgency"]["tier"] == "cannot_tell" or answer["level"]["status"] in ("cannot_tell", "not_measured"):
        return CANNOT_TELL
    return 0


def _moment(text: str | None) -> int | None:
    if text is None:
        return None
    from hypomag.read.times import last_second

    return last_second(text)


@app.command("exam")
def exam_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of case-*.json in the published schema.")],
    json: Annotated[bool, typer.Option("--json", help="Cases and scores as JSON.")] = False,
) -> None:
    """Run a folder of published cases blind and score the answers."""
    from hypomag import exam
    from hypomag.record import Refused
    from hypomag.write import json_text

    try:
        result = exam.exam(folder)
    except Refused as refusal:
        typer.echo(f"hypomag: {refusal}", err=True)
        raise typer.Exit(REFUSED) from None
    typer.echo(json_text.write(result) if json else exam.write(result), nl=False)


app.command("diff")(diff_command)
app.command("screen")(screen_command)
app.command("answers")(answers_command)
app.command("phenotype")(phenotype_command)
app.command("forecast")(forecast_command)
app.command("trial")(trial_command)
app.command("simulate")(simulate_command)
app.command("validate")(validate_command)
app.command("serve")(serve_command)
app.add_typer(doctor, name="doctor")


def main() -> None:
    app()


if __name__ == "__main__":
    main()
