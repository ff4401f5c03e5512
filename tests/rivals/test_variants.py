"""The benchmark's tasks as FHIR variants: no unsafe or misleading answer. The table of a full run is committed."""

from pathlib import Path

from tests.many import many
from tests.rivals import variants


def test_no_variant_is_answered_unsafely() -> None:
    found, faults = variants.run(7, many(180, 20_000))
    assert faults == []
    assert found["normal", "a figure"] and found["none", "no figure"]  # it does answer, and it does hold back


def test_the_committed_table_is_of_a_run_without_faults() -> None:
    page = (Path(__file__).parents[2] / "docs" / "trust" / "variants.md").read_text("utf-8")
    assert "Unsafe or misleading answers: **0**" in page and "| normal |" in page
