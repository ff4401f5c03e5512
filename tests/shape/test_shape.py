"""The shape of the program: imports go one way, the clock is read at the edge, medicine stays in knowledge, names are plain."""

import ast
import re
from pathlib import Path

import pytest

from hypomag import knowledge

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "hypomag"
FILES = sorted(SOURCE.rglob("*.py"))
# Each room and what it may import of the others; rules are text and import nothing.
MAY_IMPORT = {
    "knowledge": set(),
    "record": set(),
    "fast": set(),
    "read": {"fast", "record", "knowledge"},
    "recognise": {"record", "knowledge"},
    "engine": {"record", "knowledge"},
    "check": {"knowledge"},  # the independent last look: knows no rules
    "body": {"fast", "knowledge"},  # knows no rules either; a caller hands a treatment from one to the other
    "answer": {"knowledge"},
    "protocol": {"engine", "knowledge"},
    "assess": {"answer", "check", "engine", "knowledge", "protocol", "recognise", "record"},
    "write": {"knowledge"},  # computes nothing clinical
    "exam": {"assess", "read", "record"},
    "screen": {"assess", "engine", "knowledge", "read", "recognise", "record", "write"},
    "phenotype": {"knowledge", "record"},
    "diff": {"record"},  # asks two versions of the program, each in its own process
    # hands record and answer to the body
    "forecast": {"assess", "body", "check", "knowledge", "read", "record", "trial", "write"},
    "trial": {"body", "knowledge", "protocol", "write"},
    "serve": {"assess", "body", "forecast", "knowledge", "read", "record", "write"},
    "__init__": {"assess", "read", "record"},
}
CLOCK = {"now", "utcnow", "today", "time", "time_ns", "localtime", "gmtime"}


def room(file: Path) -> str:
    first = file.relative_to(SOURCE).parts[0]
    return first.removesuffix(".py")


def imported(file: Path) -> set[str]:
    """The rooms of hypomag that a file imports from."""
    rooms = {f.stem if f.is_file() else f.name for f in SOURCE.iterdir()}
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        parts = [name.split(".") for name in names]
        found |= {part[1] for part in parts if part[0] == "hypomag" and len(part) > 1 and part[1] in rooms}
    return found - {room(file)}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_imports_go_one_way(file: Path) -> None:
    if room(file) != "__main__":
        assert imported(file) <= MAY_IMPORT[room(file)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_the_clock_is_read_only_at_the_edge(file: Path) -> None:
    """A duration may be measured (time.monotonic); which moment it is comes in as an argument."""
    if room(file) in {"__main__", "serve"}:
        return
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK:
            of = node.func.value
            name = of.id if isinstance(of, ast.Name) else of.attr if isinstance(of, ast.Attribute) else ""
            assert name not in {"time", "datetime", "date"}, f"line {node.lineno} reads the clock"


def clinical_numbers() -> set[float]:
    """Limits with a fraction, as people write them and as rules see them: they have one home."""
    found: set[float] = set()
    for name in ("ranges", "grades", "urgent_levels", "companion_limits", "limits", "ceilings"):
        table = knowledge.load().tables[name]
        for row in table.rows:
            found |= {n for n in row if isinstance(n, int | float) and n % 10_000}
    whole = {n for n in found if n == int(n) and n > 1000 and n % 100 == 0}
    return {n / 10_000 for n in whole} | whole | {24.305, 2.4305, 0.4114, 0.8229, 40.078, 113.12, 30.973762}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_no_clinical_number_in_python(file: Path) -> None:
    """Not proof, a net: a literal that is a limit of the knowledge. Body equations and drawings have numbers of their own."""
    if room(file) in {"body", "knowledge"} or file.name in ("charts.py", "people.py"):  # people are drawn by chance
        return
    tree = ast.parse(file.read_text("utf-8"))
    numbers = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and type(n.value) in (int, float)}
    round_ones = {3600, 86_400, 1440, 10_000, 0.5, 24, 60, 1000}
    assert (numbers - round_ones) & clinical_numbers() == set()


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_names_are_plain_and_files_short(file: Path) -> None:
    text = file.read_text("utf-8")
    names = [n.name for n in ast.walk(ast.parse(text)) if isinstance(n, ast.ClassDef | ast.FunctionDef)]
    assert [n for n in names if re.search(r"manager|util|helper|factory|singleton|wrapper|processor", n.lower())] == []
    assert file.stem not in {"utils", "util", "helpers", "common", "misc", "core", "base"}
    generated = text.startswith('"""Generated') or "generated" in text[:300].lower()
    assert len(text.splitlines()) < 350 or generated


def test_nothing_of_this_machine_is_written_down() -> None:
    places = [ROOT / name for name in ("src", "tests", "docs", "tools", "bench", "accept", ".ci")]
    files = [f for place in places for f in place.rglob("*") if f.is_file()] + [
        f for f in ROOT.iterdir() if f.is_file()
    ]
    bad = re.compile(
        r"(?<![\w.])/(?:work|root|home/\w+)/|" + "py" + r"pi\.org|python" + r"hosted\.org|regi" + r"stry\.npm"
    )
    kinds = {".py", ".sql", ".toml", ".csv", ".md", ".txt", ".lock", ".cfg", ".mjs", ".json", ".js", ".tsv", ""}
    found = []
    for file in files:
        if file.suffix in kinds and "__pycache__" not in file.parts and file.name not in {"package-lock.json", ".git"}:
            text = file.read_text("utf-8", errors="ignore")
            found += [f"{file.relative_to(ROOT)}: {m.group()}" for m in bad.finditer(text)]
    assert found == []
