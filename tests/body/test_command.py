"""The command line: a table, JSON, CSV, pictures; a sentence and exit code 2 for what cannot be run."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from hypomag.body.command import simulate_command, validate_command

app = typer.Typer()
app.command("simulate")(simulate_command)
app.command("validate")(validate_command)
LOAD = ["--until", "48 h", "--dose", "magnesium sulfate 4 g IV over 20 min then 1 g/h for 24 h at 2 h"]


def run(*arguments: str):
    return CliRunner().invoke(app, ["simulate", *arguments])


def test_a_course_is_printed_with_its_warning() -> None:
    result = run(*LOAD)
    assert result.exit_code == 0
    assert "not a medical device" in result.output and "serum mmol/L" in result.output


@pytest.mark.parametrize(("unit", "factor"), [("mmol/L", 1.0), ("mg/dL", 2.4305), ("mEq/L", 2.0)])
def test_serum_in_each_unit(unit: str, factor: float) -> None:
    here, there = (json.loads(run(*LOAD, "--unit", u, "--json").output)["course"]["serum"] for u in (unit, "mmol/L"))
    assert here == pytest.approx([x * factor for x in there], rel=1e-5)


def test_the_csv_holds_pools_and_flows(tmp_path: Path) -> None:
    path = tmp_path / "course.csv"
    assert run(*LOAD, "--csv", str(path)).exit_code == 0
    lines = path.read_text().splitlines()
    assert {"hour", "serum", "central", "urine", "excrete", "pth", "plasma_potassium"} <= set(lines[0].split(","))
    assert len(lines) == 50


@pytest.mark.parametrize("suffix", ["png", "svg", "html"])
def test_pictures_are_written(tmp_path: Path, suffix: str) -> None:
    pytest.importorskip("altair")
    pytest.importorskip("vl_convert")
    path = tmp_path / f"course.{suffix}"
    assert run(*LOAD, "--people", "30", "--plot", str(path)).exit_code == 0
    content = path.read_bytes()
    assert len(content) > 5000
    assert b"https://cdn" not in content


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--until", "2 d", "--dose", "unobtainium 3 g IV over 1 h"], "unobtainium"),
        (["--until", "2 d", "--cause", "pip"], "Did you mean ppi"),
        (["--until", "2 d", "--cause", "ppi from 5 d to 2 d"], "stops"),
        (["--until", "2 d", "--unit", "mg/L"], "mg/L"),
        (["--until", "2 d", "--plot", "course.gif"], ".gif"),
        (["--until", "2 d", "--people", "0"], "--people"),
        (["no_such_file.toml"], "no_such_file.toml"),
        (["--dose", "magnesium sulfate 2 g IV over 1 h"], "until"),
    ],
)
def test_what_cannot_be_run_gets_a_sentence(arguments: list[str], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.output
    assert "Traceback" not in result.output


def test_sex_age_size_kidney_and_albumin_all_matter() -> None:
    base = json.loads(run("--until", "24 h", "--dose", "magnesium sulfate 4 g IV over 1 h", "--json").output)["course"][
        "serum"
    ]
    for option in (["--sex", "female"], ["--age", "75"], ["--weight", "50"], ["--egfr", "40"], ["--albumin", "20"]):
        other = json.loads(
            run("--until", "24 h", "--dose", "magnesium sulfate 4 g IV over 1 h", "--json", *option).output
        )["course"]["serum"]
        assert max(abs(a - b) for a, b in zip(base, other, strict=True)) > 1e-3, option
