"""A release can be made again: the same wheel from the same source, complete, and a bill of all it installs."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from tools import sbom

from hypomag import __version__

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"

if importlib.util.find_spec("hatchling") is None:
    pytest.skip("hatchling (extra build) is not installed", allow_module_level=True)


def build(out: Path, **settings: str) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env={**os.environ, **settings})
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("one"), SOURCE_DATE_EPOCH="1577836800")


def test_two_builds_are_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    other = build(tmp_path, SOURCE_DATE_EPOCH="1577836800", TZ="Asia/Kolkata", PYTHONHASHSEED="7")
    assert hashlib.sha256(other.read_bytes()).digest() == hashlib.sha256(wheel.read_bytes()).digest()


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    present = {
        str(file.relative_to(SOURCE))
        for file in SOURCE.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert present <= set(zipfile.ZipFile(wheel).namelist())


def test_assess_runs_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    (tmp_path / "elsewhere").mkdir()
    case = "import hypomag, importlib.resources as r; print(hypomag.__file__); print(r.files('hypomag') / 'cases/patients')"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    run = {"cwd": tmp_path / "elsewhere", "env": environment, "capture_output": True, "text": True}
    where, patients = subprocess.run([sys.executable, "-c", case], check=True, **run).stdout.split()  # type: ignore[call-overload]
    assert Path(where).is_relative_to(tmp_path / "installed")
    command = [sys.executable, "-m", "hypomag", "assess", f"{patients}/ppi_severe.toml"]
    said = subprocess.run(command, check=False, **run)  # type: ignore[call-overload]
    assert said.returncode == 4, said.stderr
    assert said.stdout.startswith("Magnesium is LOW")


def test_the_bill_names_everything_locked() -> None:
    bill = sbom.sbom()
    locked = {line.split("==")[0] for line in sbom.LOCK.read_text("utf-8").splitlines() if re.match(r"^\S+==", line)}
    assert {each["name"] for each in bill["components"]} == locked
    assert bill == sbom.sbom()
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    assert {re.split(r"[<>=\[]", each)[0] for each in needed} <= locked


def test_one_version_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == __version__
    assert f"version: {__version__}" in (ROOT / "CITATION.cff").read_text("utf-8")
