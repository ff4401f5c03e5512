"""`hypomag simulate` and `hypomag validate`: plain functions for the command line. Heavy modules load inside."""

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from hypomag.body.course import Course

NOTE = "Simulated by a model; not a medical device, no clinician has reviewed it."
SHOWN = (
    "serum",
    "urine_rate",
    "fe_magnesium",
    "calcium",
    "pth",
    "plasma_potassium",
    "central",
    "fast",
    "exchangeable",
    "slow",
    "crystal",
    "urine",
    "faeces",
    "elsewhere",
    "absorb",
    "excrete",
    "secrete",
    "to_fast",
    "to_exchangeable",
)
Text = Annotated[str | None, typer.Option()]


def simulate_command(
    scenario: Annotated[Path | None, typer.Argument(help="Scenario file (TOML); or use the options")] = None,
    until: Annotated[str | None, typer.Option(help="How long, e.g. '14 d'")] = None,
    dose: Annotated[
        list[str] | None, typer.Option(help="A dose in words, may end in 'at 2 h'; repeat for more")
    ] = None,
    cause: Annotated[
        list[str] | None, typer.Option(help="A cause, e.g. 'ppi', 'diarrhoea:2L from 1 d to 4 d', 'gitelman always'")
    ] = None,
    weight: Annotated[float | None, typer.Option(help="kg")] = None,
    height: Annotated[float | None, typer.Option(help="cm")] = None,
    age: Annotated[float | None, typer.Option(help="years")] = None,
    sex: Annotated[str | None, typer.Option(help="female or male")] = None,
    egfr: Annotated[float | None, typer.Option(help="mL/min/1.73 m2")] = None,
    albumin: Annotated[float | None, typer.Option(help="g/L")] = None,
    serum: Annotated[float | None, typer.Option(help="Starting serum magnesium, mmol/L")] = None,
    serum_by: Annotated[str | None, typer.Option(help="Why the starting serum is off: kidney or intake")] = None,
    diet: Annotated[str | None, typer.Option(help="Magnesium eaten, e.g. '300 mg/d'")] = None,
    people: Annotated[int, typer.Option(help="How many virtual people (1: the typical one)")] = 1,
    seed: Annotated[int, typer.Option(help="Seed of the virtual people")] = 1,
    unit: Annotated[str, typer.Option(help="Unit of serum: mmol/L, mg/dL or mEq/L")] = "mmol/L",
    plot: Annotated[Path | None, typer.Option(help="Write pictures: .png, .svg or .html")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write the course as CSV")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the course as JSON")] = False,
    causes: Annotated[bool, typer.Option("--causes", help="List the causes the body knows")] = False,
) -> None:
    """Magnesium in one body or many, under any cause and any treatment."""
    from hypomag.body.known import Mistake

    try:
        if causes:
            return list_causes()
        known = {
            "weight": weight,
            "height": height,
            "age": age,
            "sex": sex,
            "egfr": egfr,
            "albumin": albumin,
            "serum": serum,
            "serum_by": serum_by,
        }
        course = run(gathered(scenario, known, until, dose or [], cause or [], diet), people, seed, scenario)
        written(course, unit, csv, plot, as_json, scenario)
    except Mistake as mistake:
        typer.echo(f"hypomag simulate: {mistake}", err=True)
        raise typer.Exit(2) from None


def list_causes() -> None:
    from hypomag.body.known import causes

    for name, row in causes().items():
        takes = f" [: number in {row['argument']['unit']}]" if "argument" in row else ""
        levels = f" [: {', '.join(row['levels'])}]" if "levels" in row else ""
        typer.echo(f"{name}{takes}{levels}" + (f"  (also {', '.join(row['also'])})" if row.get("also") else ""))


def gathered(
    scenario: Path | None,
    known: dict[str, Any],
    until: str | None,
    doses: list[str],
    causes: list[str],
    diet: str | None,
) -> dict:
    """The scenario of the file with the options laid over it."""
    from hypomag.body.known import read_toml

    given: dict[str, Any] = {} if scenario is None else read_toml(scenario)
    given["person"] = {**given.get("person", {}), **{k: v for k, v in known.items() if v is not None}}
    if until is not None:
        given["until"] = until
    if diet is not None:
        given["diet"] = {"magnesium": diet}
    given["doses"] = [*given.get("doses", []), *map(dose_row, doses)]
    given["causes"] = [*given.get("causes", []), *map(cause_row, causes)]
    return given


def dose_row(text: str) -> dict[str, str]:
    match = re.fullmatch(r"(.*?)(?:\s+at\s+(\S+\s*[a-z]+))?", text.strip())
    return {"dose": match[1], "at": match[2] or "0 h"}  # type: ignore[index]


def cause_row(text: str) -> dict[str, str]:
    match = re.fullmatch(r"(.*?)(?:\s+(always)|\s+from\s+(\S+\s*[a-z]+))?(?:\s+to\s+(\S+\s*[a-z]+))?", text.strip())
    row = {"cause": match[1], "start": match[2] or match[3] or "0 h"}  # type: ignore[index]
    return row | ({"stop": match[4]} if match[4] else {})  # type: ignore[index]


def run(given: dict, people: int, seed: int, path: Path | None) -> "Course":
    from hypomag.body.known import Mistake
    from hypomag.body.scenario import read

    scenario = read(given, path.name if path else "scenario")
    if people < 1:
        raise Mistake(f"--people is {people}; it is 1 or more.")
    return scenario.run(people=scenario.crowd(people, seed) if people > 1 else None)


def written(
    course: "Course", unit: str, csv: Path | None, plot: Path | None, as_json: bool, scenario: Path | None
) -> None:
    course.serum_in(unit)  # refuses an unknown unit before anything is written
    if csv:
        csv.write_text(csv_text(course, unit))
    if plot:
        from hypomag.body.plots import save

        save(course, plot, unit, scenario.stem.replace("_", " ") if scenario else "")
    typer.echo(
        json.dumps(as_dict(course, unit), indent=None if not sys.stdout.isatty() else 1)
        if as_json
        else table(course, unit)
    )


def columns(course: "Course", unit: str) -> dict[str, Any]:
    """Median over people of everything shown, by name; serum also as 5 % and 95 % when there are many."""
    import numpy as np

    from hypomag.body.course import SERUM_UNITS

    shown: dict[str, Any] = {"hour": course.hours}
    for name in SHOWN:
        shown[name] = np.median(course[name], axis=1) * (SERUM_UNITS[unit] if name == "serum" else 1.0)
    if course.people.n > 1:
        shown["serum_05"], shown["serum_95"] = course.quantiles("serum", (0.05, 0.95)) * SERUM_UNITS[unit]
    return shown


def csv_text(course: "Course", unit: str) -> str:
    shown = columns(course, unit)
    lines = [",".join(shown), *(",".join(f"{v:.6g}" for v in row) for row in zip(*shown.values(), strict=True))]
    return "\n".join(lines) + "\n"


def as_dict(course: "Course", unit: str) -> dict[str, Any]:
    shown = {name: [float(f"{v:.6g}") for v in values] for name, values in columns(course, unit).items()}
    return {
        "note": NOTE,
        "people": course.people.n,
        "units": {
            "serum": unit,
            "pools": "mmol",
            "flows": "mmol/h",
            "urine_rate": "mmol/d",
            "calcium": "mmol/L",
            "pth": "ng/L",
            "plasma_potassium": "mmol/L",
            "fe_magnesium": "%",
        },
        "course": shown,
    }


def table(course: "Course", unit: str) -> str:
    """A dozen lines of the course for the eye."""
    import numpy as np

    shown = columns(course, unit)
    days = np.ptp(course.hours) > 96
    heads = (
        "day" if days else "hour",
        f"serum {unit}",
        "urine mmol/d",
        "FEMg %",
        "Ca mmol/L",
        "PTH ng/L",
        "K mmol/L",
        "body mmol",
    )
    widths = (7, 13, 13, 7, 10, 9, 9, 10)
    head = " ".join(f"{name:>{width}}" for name, width in zip(heads, widths, strict=True))
    body = np.median(course["body"], axis=1)
    lines = []
    for i in np.unique(np.linspace(0, len(course.hours) - 1, 13).astype(int)):
        lines.append(
            f"{course.hours[i] / (24 if days else 1):7.1f} {shown['serum'][i]:13.3f} {shown['urine_rate'][i]:13.2f} "
            f"{shown['fe_magnesium'][i]:7.2f} "
            f"{shown['calcium'][i]:10.2f} {shown['pth'][i]:9.1f} {shown['plasma_potassium'][i]:9.2f} {body[i]:10.1f}"
        )
    who = f"median of {course.people.n} virtual people" if course.people.n > 1 else "one person"
    return "\n".join([f"Magnesium in the body, {who}. {NOTE}", head, *lines])


def validate_command(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of case files (default: the published experiments)")
    ] = None,
    write: Annotated[Path | None, typer.Option(help="Write the scoreboard as Markdown")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print every value as JSON")] = False,
) -> None:
    """Run every published experiment and print the scoreboard: observed, simulated, inside or outside."""
    from hypomag.body import validate
    from hypomag.body.known import Mistake

    try:
        scores = validate.scores(folder or validate.CASES)
    except Mistake as mistake:
        typer.echo(f"hypomag validate: {mistake}", err=True)
        raise typer.Exit(2) from None
    if write:
        write.write_text(validate.text(scores))
    typer.echo(
        json.dumps(
            [
                {
                    "id": s.row["id"],
                    "case": s.case,
                    "split": s.split,
                    "observed": s.row["value"],
                    "sd": s.row.get("sd"),
                    "unit": s.row["unit"],
                    "simulated": s.simulated,
                    "inside": s.inside,
                    "baseline": s.baseline,
                    "baseline_inside": s.baseline_inside,
                }
                for s in scores
            ]
        )
        if as_json
        else validate.text(scores)
    )
