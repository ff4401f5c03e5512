"""The notebooks run from the root of the project, and are kept without outputs or anything of a machine."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

nbclient = pytest.importorskip("nbclient", reason="nbclient (extra test) is not installed")
nbformat = pytest.importorskip("nbformat")

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_there_are_three() -> None:
    assert {file.stem for file in NOTEBOOKS} == {"clinician", "modeller", "researcher"}


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_is_clean(file: Path) -> None:
    text = file.read_text("utf-8")
    for cell in nbformat.reads(text, as_version=4).cells:
        assert not cell.get("outputs") and not cell.get("execution_count")
    assert "Not a medical device; no clinician has reviewed it." in text
    assert not re.search(r"/(?:home|root|tmp|Users)/", text)


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_runs(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ipykernel", reason="ipykernel (extra test) is not installed")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT / "src"), str(ROOT)]))
    book = nbformat.read(file, as_version=4)
    nbclient.NotebookClient(
        book, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}}
    ).execute()
    said = "".join(out.get("text", "") for cell in book.cells for out in cell.get("outputs", ()))
    assert len(said) > 200
    errors = [out for cell in book.cells for out in cell.get("outputs", ()) if out.output_type == "error"]
    assert errors == []
