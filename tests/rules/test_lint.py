"""The rules keep to the small SQL that means the same on every engine."""

import re

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from hypomag.engine.texts import Rule, given_tables, rules

ALLOWED = (
    *(exp.Select, exp.From, exp.Join, exp.Where, exp.Group, exp.With, exp.CTE, exp.TableAlias, exp.Table, exp.Subquery),
    *(exp.Union, exp.Alias, exp.Column, exp.Identifier, exp.Literal, exp.Null, exp.Paren, exp.Star),
    *(exp.Case, exp.If, exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.Tuple),
    *(exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE),
    *(
        exp.Add,
        exp.Sub,
        exp.Mul,
        exp.Div,
        exp.DPipe,
        exp.Neg,
        exp.Cast,
        exp.DataType,
        exp.Floor,
        exp.Pow,
        exp.Abs,
        exp.Exp,
        exp.Ln,
    ),
    *(exp.Min, exp.Max, exp.Sum, exp.Count, exp.Window, exp.WindowSpec, exp.RowNumber, exp.Lag, exp.Order, exp.Ordered),
)
NUMBERS = {"0", "1", "100"}
RULES = [pytest.param(rule, id=rule.name) for rule in rules()]


def tree(rule: Rule) -> exp.Expression:
    return sqlglot.parse_one(rule.sql, dialect="spark")


@pytest.mark.parametrize("rule", RULES)
def test_only_the_small_sql(rule: Rule) -> None:
    odd = {type(node).__name__ for node in tree(rule).walk() if not isinstance(node, ALLOWED)}
    assert odd == set()


@pytest.mark.parametrize("rule", RULES)
def test_no_select_star(rule: Rule) -> None:
    stars = [node for node in tree(rule).find_all(exp.Star) if not isinstance(node.parent, exp.Count)]
    assert stars == []


@pytest.mark.parametrize("rule", RULES)
def test_no_number_of_its_own(rule: Rule) -> None:
    numbers = {node.this for node in tree(rule).find_all(exp.Literal) if not node.is_string}
    assert numbers <= NUMBERS


@pytest.mark.parametrize("rule", RULES)
def test_no_else(rule: Rule) -> None:
    """ELSE over a nullable test turns a missing input into an answer; a full CASE names each of its tests."""
    assert [node.sql() for node in tree(rule).find_all(exp.Case) if node.args.get("default") is not None] == []


@pytest.mark.parametrize("rule", RULES)
def test_joins_are_inner_left_or_cross(rule: Rule) -> None:
    for join in tree(rule).find_all(exp.Join):
        assert (join.side or "", join.kind or "") in {("", ""), ("LEFT", ""), ("", "CROSS")}, join.sql()
        assert join.kind == "CROSS" or join.args.get("on") is not None, f"comma or natural join: {join.sql()}"


@pytest.mark.parametrize("rule", RULES)
def test_row_number_has_a_total_order(rule: Rule) -> None:
    for window in tree(rule).find_all(exp.Window):
        if isinstance(window.this, exp.RowNumber | exp.Lag):
            last = window.args["order"].expressions[-1]
            assert last.this.name in {"row", "patient", "drug", "cause", "key", "test", "concept", "plan"}, window.sql()


@pytest.mark.parametrize("rule", RULES)
def test_unions_keep_all_rows(rule: Rule) -> None:
    assert [node.sql() for node in tree(rule).find_all(exp.Union) if node.args.get("distinct")] == []


@pytest.mark.parametrize("rule", RULES)
def test_lineage_is_what_the_parser_sees(rule: Rule) -> None:
    """The order comes from a small scan of the text; a full parser must read the same."""
    parsed = {
        source.name
        for scope in traverse_scope(tree(rule))
        for source in scope.sources.values()
        if isinstance(source, exp.Table)
    }
    assert parsed == set(rule.reads)


@pytest.mark.parametrize("rule", RULES)
def test_says_in_words_what_it_decides(rule: Rule) -> None:
    assert re.fullmatch(r"[A-Z].{20,}[.:?].*", rule.about), "begin the file with a -- comment that says what it decides"


def test_every_limit_is_used() -> None:
    texts = " ".join(rule.sql for rule in rules())
    unused = [name for name in given_tables()["limits"] if not re.search(rf"\b\w+\.{name}\b", texts)]
    assert unused == []
