"""The command line as people use it: exit codes, errors in one sentence with a path, the same bytes each time."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hypomag.__main__ import app

DEMO = str(files("hypomag") / "cases" / "patients" / "ppi_severe.toml")


def run(*words: str, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, list(words), input=given)


def form(**more: object) -> str:
    return json.dumps({"as_of": "2026-01-02", "patient": {"age": "50 y", "sex": "female"}} | more)


def assessed(text: str, tmp_path: Path, *words: str) -> Result:
    file = tmp_path / "form.json"
    file.write_text(text, "utf-8")
    return run("assess", str(file), *words)


def test_demo_is_answered_as_urgent() -> None:
    result = run("assess", DEMO)
    assert result.exit_code == 4
    assert "Magnesium is LOW: 0.3 mg/dL" in result.output
    assert "Not a medical device" in result.output


def test_json_has_every_key_and_no_number_that_json_lacks() -> None:
    answer = json.loads(run("assess", DEMO, "--json").output)
    assert list(answer) == [
        "as_of", "level", "urgency", "companions", "findings", "fractional_excretion", "steps", "causes",
        "conclusion", "consequences", "tests", "untested", "treatment", "follow_up", "outlook", "alerts",
        "patient_text", "missing", "unreadable", "contradictions", "not_recognised", "left_out", "trail", "sources",
        "version", "basis",
    ]  # fmt: skip


def test_same_input_same_bytes_whatever_the_hash_seed() -> None:
    def once(seed: str) -> bytes:
        command = [sys.executable, "-m", "hypomag", "assess", DEMO, "--json"]
        return subprocess.run(command, capture_output=True, env={"PYTHONHASHSEED": seed}, check=False).stdout

    first = once("1")
    assert first.startswith(b"{")
    assert once("2") == first


@pytest.mark.parametrize(
    ("labs", "code"),
    [
        ({"magnesium": "2.0 mg/dL"}, 0),
        ({"magnesium": "1.5 mg/dL"}, 0),
        ({"magnesium": "0.8 mg/dL"}, 4),
        ({"magnesium": "1.2"}, 3),
        ({"potassium": "4.0 mmol/L"}, 3),
    ],
)
def test_exit_codes(labs: dict[str, str], code: int, tmp_path: Path) -> None:
    assert assessed(form(labs=labs), tmp_path).exit_code == code


def test_emergency_is_said_although_magnesium_is_not_known(tmp_path: Path) -> None:
    result = assessed(form(symptoms=["seizure"]), tmp_path)
    assert result.exit_code == 4
    assert "EMERGENCY" in result.output


@pytest.mark.parametrize(
    "text",
    ["", "{", "[1, 2", '{"as_of": NaN}', '{"a": 1, "a": 2}', "\x00", '{"resourceType": "Bundle", "entry": 7}', "[]"],
)
def test_bad_input_is_refused_in_one_sentence(text: str, tmp_path: Path) -> None:
    result = assessed(text, tmp_path)
    assert result.exit_code == 5, result.output
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1


def test_refusal_names_the_path(tmp_path: Path) -> None:
    result = assessed(form(labs={"magnesium": "1.2 furlongs per fortnight per fortnight ???"}, colour="red"), tmp_path)
    assert result.exit_code == 5
    assert "colour" in result.stderr


def test_a_result_that_was_left_out_is_told(tmp_path: Path) -> None:
    magnesium = {
        "resourceType": "Observation", "id": "mg", "status": "final", "subject": {"reference": "Patient/p"},
        "code": {"text": "Magnesium"}, "valueQuantity": {"value": 0.9, "unit": "mg/dL"},
        "modifierExtension": [{"url": "http://example.org/not-his"}],
    }  # fmt: skip
    entries = [{"resource": {"resourceType": "Patient", "id": "p"}}, {"resource": magnesium}]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    told = assessed(json.dumps(bundle), tmp_path)
    assert told.exit_code == 3
    assert "- Observation/mg: modifierExtension" in told.output


def test_missing_file_is_refused() -> None:
    result = run("assess", "no-such-file.json")
    assert result.exit_code == 5
    assert "no-such-file.json" in result.stderr


@pytest.mark.parametrize("words", [("--profile", "martian"), ("--scheme", "martian"), ("--as-of", "yesterday")])
def test_unknown_choices_are_usage_errors(words: tuple[str, str]) -> None:
    assert run("assess", DEMO, *words).exit_code == 2


def test_standard_input() -> None:
    result = run("assess", "-", given=form(labs={"magnesium": "2.0 mg/dL"}))
    assert result.exit_code == 0
    assert "in range" in result.output


def test_article_profile_is_selectable(tmp_path: Path) -> None:
    """1.55 mg/dL: normal by the article's 1.46-2.68, low by the default."""
    text = form(labs={"magnesium": "1.55 mg/dL"})
    by_default = json.loads(assessed(text, tmp_path, "--json").output)
    by_article = json.loads(assessed(text, tmp_path, "--json", "--profile", "article").output)
    assert by_default["level"]["status"] == "low"
    assert by_article["level"]["status"] == "normal"
    assert {"profile": "article", "status": "normal"} in by_default["level"]["other_profiles"]


def test_nothing_known_later_than_as_of(tmp_path: Path) -> None:
    labs = [
        {"test": "magnesium", "value": "0.9", "unit": "mg/dL", "time": "2026-01-02"},
        {"test": "magnesium", "value": "1.9", "unit": "mg/dL", "time": "2025-12-01"},
    ]
    earlier = json.loads(assessed(form(labs=labs), tmp_path, "--json", "--as-of", "2025-12-24").output)
    assert (earlier["level"]["status"], earlier["level"]["value"]) == ("normal", 1.9)


def test_public_names_stay_functions_when_their_modules_are_imported() -> None:
    import hypomag.assess
    import hypomag.read.fhir  # noqa: F401
    from hypomag import assess, read

    assert callable(assess) and callable(read)


def test_the_command_line_starts_without_any_extra() -> None:
    """A bare install has DuckDB, Typer and Rich; what an extra brings is loaded by the command that needs it."""
    extras = ("numpy", "scipy", "numba", "altair", "fastapi", "uvicorn", "httpx", "joserfc", "jinja2", "pyspark")
    blocked = "".join(f"sys.modules[{name!r}] = None; " for name in extras)
    code = f"import sys; {blocked}sys.argv = ['hypomag', '--help']; from hypomag.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
