"""Every rule on its text tables, on every engine; and no rule without a table."""

from pathlib import Path

import pytest
from tests import tables

from hypomag.engine.texts import rules

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*/*.txt"))
CASES = [
    pytest.param(engine, case, id=f"{file.parent.name}/{file.stem}-{n}-{engine}")
    for file in FILES
    for n, case in enumerate(tables.cases(file), 1)
    for engine in tables.ENGINES
]


@pytest.mark.parametrize(("engine", "case"), CASES)
def test_rule_gives_the_rows_of_its_table(engine: str, case: tables.Case) -> None:
    assert tables.run(engine, case) == tables.expected(case), case.about


def test_every_rule_has_a_table() -> None:
    tested = {name for file in FILES for case in tables.cases(file) for name in case.expect}
    assert sorted({rule.name for rule in rules()} - tested) == []


def test_every_table_stands_with_its_rule() -> None:
    families = {rule.name: rule.family for rule in rules()}
    for file in FILES:
        assert families.get(file.stem) == file.parent.name, f"{file} tests no rule of that name"
