"""The body's numbers, causes and salts, read once from knowledge/body/."""

import csv
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

FOLDER = files("hypomag") / "knowledge" / "body"


@cache
def body() -> dict:
    """body.toml: parameters, start, correlations, measurement, person."""
    return tomllib.loads((FOLDER / "body.toml").read_text())


@cache
def forecasting() -> dict:
    """forecast.toml: scatter, wander, first level, what is unknown, goals."""
    return tomllib.loads((FOLDER / "forecast.toml").read_text())


@cache
def causes() -> dict[str, dict]:
    """Causes by id, without the file's own remarks."""
    return {k: v for k, v in tomllib.loads((FOLDER / "causes.toml").read_text()).items() if isinstance(v, dict)}


@cache
def cause_words() -> dict[str, str]:
    """Every word for a cause, lower case, with the id it stands for."""
    words = {}
    for name, cause in causes().items():
        for word in [name, *cause.get("also", [])]:
            words[word.lower()] = name
    return words


@cache
def salts() -> dict[str, dict[str, str]]:
    """Salts by id."""
    with (FOLDER / "salts.csv").open() as lines:
        return {row["id"]: row for row in csv.DictReader(lines)}


class Mistake(ValueError):
    """Something a person wrote that cannot be run: what, where, and how to mend it, in one sentence."""


def read_toml(path: Path) -> dict[str, Any]:
    """What a person's TOML file holds. Raises Mistake where it cannot be read, or is none."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise Mistake(f"{path}: is not TOML: {error}.") from None
    except UnicodeDecodeError as error:
        raise Mistake(f"{path}: cannot be read ({error}).") from None
    except OSError as error:
        raise Mistake(f"{path}: cannot be read ({error.strerror}).") from None
